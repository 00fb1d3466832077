import type { Language } from '../i18n/language.ts';
import { fill, type Placeholders, type Text, type TextParams } from '../i18n/messages.ts';

/** A sentence that can still be said in either language: its text and what fills the placeholders. */
export interface Said {
  readonly text: Text;
  readonly params: Readonly<Record<string, string | number>>;
}

/** Pairs a text of a catalogue with its parameters; a missing one is a compile error. */
export function said<T extends Text>(
  text: T,
  ...params: Placeholders<T['en']> extends never ? [] : [TextParams<T>]
): Said {
  return { text, params: (params[0] ?? {}) as Readonly<Record<string, string | number>> };
}

/** Something that reads the same in both languages: a value, a command, a line of output. */
export function raw(value: string | number): Said {
  return { text: { en: '{value}', zh: '{value}' }, params: { value } };
}

export function speak(language: Language, { text, params }: Said): string {
  return fill(text[language], params);
}
