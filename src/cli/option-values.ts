import { InvalidArgumentError } from 'commander';
import { JourneyError } from '../errors/journey-error.ts';
import type { Language } from '../i18n/language.ts';
import { say, type Text } from '../i18n/messages.ts';
import type { StoreChoice } from '../supervisor/programs.ts';
import { messages as m } from './messages.ts';

/** Parsers of option values; each refuses with a sentence in the user's language. */
export interface OptionValues {
  port(name: string): (value: string) => number;
  lines(name: string): (value: string) => number;
  number(name: string): (value: string) => number;
  choice(name: string, choices: readonly string[]): (value: string) => string;
}

export function optionValues(language: Language): OptionValues {
  const refuse = (name: string, value: string, reason: string): never => {
    throw new InvalidArgumentError(say(language, m.badValue, { name, value, reason }));
  };
  const whole = (name: string, max: number, rule: Text) => (value: string) =>
    /^\d{1,5}$/.test(value) && Number(value) <= max ? Number(value) : refuse(name, value, rule[language]);
  return {
    port: (name) => whole(name, 65_535, m.portRule),
    lines: (name) => whole(name, 10_000, m.linesRule),
    // Its bounds are checked where they are known.
    number: (name) => (value) =>
      /^\d+(\.\d+)?$/.test(value) ? Number(value) : refuse(name, value, m.numberRule[language]),
    choice: (name, choices) => (value) =>
      choices.includes(value)
        ? value
        : refuse(name, value, say(language, m.choiceRule, { choices: choices.join(', ') })),
  };
}

/** @throws JourneyError `store-address` */
export function storeChoice(value: string): StoreChoice {
  if (value === 'sqlite') return { kind: 'sqlite' };
  if (/^rediss?:\/\/[^\s/]+/.test(value) && URL.canParse(value)) return { kind: 'redis', url: value };
  throw new JourneyError('store-address', { value });
}
