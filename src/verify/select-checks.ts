import { closest } from 'fastest-levenshtein';
import type { Check } from './check.ts';
import { messages } from './messages.ts';
import { type Said, said } from './said.ts';

export interface SelectChecksOptions {
  readonly catalogue: readonly Check[];
  /** Ids (`RD05`) or categories (`RD`), in any case; empty for all. */
  readonly only: readonly string[];
  readonly disruptive: boolean;
}

export type Selection =
  | {
      readonly ok: true;
      readonly checks: readonly Check[] /** Left out because they disturb the stack. */;
      readonly leftOut: readonly Check[];
    }
  | { readonly ok: false; readonly problem: Said };

/** The checks to run, in catalogue order. A name that fits nothing, or names what may not run, is a problem. */
export function selectChecks({ catalogue, only, disruptive }: SelectChecksOptions): Selection {
  const wanted = only.map((name) => name.toUpperCase());
  for (const [index, name] of wanted.entries()) {
    if (catalogue.some((check) => check.id === name || check.id.slice(0, 2) === name)) continue;
    const nearest = closest(
      name,
      catalogue.map((check) => check.id),
    );
    return { ok: false, problem: said(messages.unknownCheck, { id: only[index] ?? name, nearest }) };
  }
  const named = catalogue.filter(
    (c) => wanted.length === 0 || wanted.includes(c.id) || wanted.includes(c.id.slice(0, 2)),
  );
  const refused = named.find((c) => wanted.includes(c.id) && c.disruptive !== undefined && !disruptive);
  if (refused !== undefined) return { ok: false, problem: said(messages.notWithoutFlag, { id: refused.id }) };
  return {
    ok: true,
    checks: named.filter((c) => disruptive || c.disruptive === undefined),
    leftOut: named.filter((c) => !disruptive && c.disruptive !== undefined),
  };
}
