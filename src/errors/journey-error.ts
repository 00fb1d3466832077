import type { Language } from '../i18n/language.ts';
import { fill, type Placeholders, type Text } from '../i18n/messages.ts';
import { type ErrorCode, type ErrorKind, errorCatalogue } from './catalogue.ts';

/** What the detail of one kind of error needs filled in. */
export type ErrorParams<C extends ErrorCode> = {
  readonly [K in Placeholders<(typeof errorCatalogue)[C]['detail']['en']>]: ErrorParam;
};

/** A fact, the same in every language, or a phrase of ours that exists in each. */
export type ErrorParam = string | number | Text;

/** Marks our errors across module copies, where `instanceof` would fail. */
const brand = Symbol.for('journey.error');

/**
 * A failure from {@link errorCatalogue}. `message` is the English detail; {@link JourneyError.text} gives any language.
 * The cause, if any, is kept in `cause` for the log and never shown to a user.
 */
export class JourneyError<C extends ErrorCode = ErrorCode> extends Error {
  readonly [brand] = true;
  readonly code: C;
  readonly params: Readonly<Record<string, ErrorParam>>;

  constructor(code: C, params: ErrorParams<C>, options: { readonly cause?: unknown } = {}) {
    super(fill(errorCatalogue[code].detail.en, inLanguage('en', params)), options);
    this.name = 'JourneyError';
    this.code = code;
    this.params = params;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code];
  }

  text(language: Language): { readonly title: string; readonly detail: string } {
    return {
      title: this.kind.title[language],
      detail: fill(this.kind.detail[language], inLanguage(language, this.params)),
    };
  }
}

function inLanguage(
  language: Language,
  params: Readonly<Record<string, ErrorParam>>,
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'object' ? value[language] : value]),
  );
}

export function isJourneyError<C extends ErrorCode>(error: unknown, code?: C): error is JourneyError<C> {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || (error as JourneyError).code === code;
}

/** The message of anything thrown, for use as a `reason`: one line, no stack. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s+/g, ' ').trim();
}
