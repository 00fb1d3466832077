/** What stands in the place of what was taken out. */
export const redacted = '[redacted]';

/** Gives the text without what must not leave the node, or `undefined` if there is nothing of the kind in it. */
export type Redactor = (bytes: Buffer, from: number, end: number) => Buffer | undefined;

/**
 * Takes out whatever matches one of the expressions, or, in one with a group named `secret`, only that group:
 * `password=(?<secret>\S+)`. Rules see the whole line, joined, as text.
 *
 * @throws SyntaxError for an expression that is none.
 */
export function redactor(patterns: readonly string[]): Redactor | undefined {
  if (patterns.length === 0) return undefined;
  const rules = patterns.map((pattern) => new RegExp(pattern, 'dgu'));
  return (bytes, from, end) => {
    const text = bytes.toString('utf8', from, end);
    const clean = rules.reduce(redact, text);
    return clean === text ? undefined : Buffer.from(clean);
  };
}

function redact(text: string, rule: RegExp): string {
  let clean = '';
  let at = 0;
  for (const { index, 0: match, indices } of text.matchAll(rule)) {
    const [from, end] = indices?.groups?.['secret'] ?? [index, index + match.length];
    if (end === from) continue;
    clean += text.slice(at, from) + redacted;
    at = end;
  }
  return at === 0 ? text : clean + text.slice(at);
}
