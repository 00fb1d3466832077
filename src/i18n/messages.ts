import type { Language } from './language.ts';

/** Names of the `{placeholders}` of a template, as a union of string literals. */
export type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** Parameters a text needs: one value for each placeholder of its English form. */
export type TextParams<T extends Text> = { readonly [K in Placeholders<T['en']>]: string | number };

/** A text whose Chinese form uses exactly the placeholders of the English one; anything else is a compile error. */
type Consistent<T extends Text> = [Placeholders<T['en']>, Placeholders<T['zh']>] extends [
  Placeholders<T['zh']>,
  Placeholders<T['en']>,
]
  ? T
  : { readonly en: T['en']; readonly zh: `placeholders differ from the English text` };

/** Declares a catalogue. A missing language or a placeholder that only one language has fails the type check. */
export function defineMessages<const M extends Readonly<Record<string, Text>>>(
  messages: M & { readonly [K in keyof M]: Consistent<M[K]> },
): M {
  return messages;
}

/** Fills `{name}` placeholders. A name without a value stays visible rather than becoming `undefined`. */
export function fill(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : String(value);
  });
}

/** One text in one language, its placeholders filled. */
export function say<T extends Text>(
  language: Language,
  text: T,
  ...params: Placeholders<T['en']> extends never ? [] : [TextParams<T>]
): string {
  return fill(text[language], (params[0] ?? {}) as Readonly<Record<string, string | number>>);
}
