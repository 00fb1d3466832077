import type { Text } from '../i18n/messages.ts';

export type Tag = 'data' | 'cache' | 'operations' | 'health' | 'v0.1';

export interface Explanation {
  readonly tag: Tag;
  readonly summary: Text;
  readonly description?: Text;
  /** A command to try it with. */
  readonly example: string;
}

/** What the OpenAPI document and the page at /docs say of an operation; Chinese goes into an extension member. */
export function explain({ tag, summary, description, example }: Explanation) {
  return {
    tags: [tag],
    summary: summary.en,
    ...(description === undefined ? {} : { description: description.en }),
    'x-zh': { summary: summary.zh, ...(description === undefined ? {} : { description: description.zh }) },
    'x-example': example,
  };
}

/** The same for a parameter or a member. */
export function says({ en, zh }: Text): { readonly description: string; readonly 'x-zh': string } {
  return { description: en, 'x-zh': zh };
}
