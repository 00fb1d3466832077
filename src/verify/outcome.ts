import type { Said } from './said.ts';

/** What is wrong, said so that a person can act on it: never a bare "failed". */
export interface Finding {
  /** What a healthy stack would show. */
  readonly expected: Said;
  /** What was seen instead; names what *is* there when the thing sought is not. */
  readonly actual: Said;
  /** The rule behind it. */
  readonly why: Said;
  /** The next command or edit. */
  readonly fix: Said;
}

/** The result of looking once. */
export type Outcome =
  | { readonly status: 'pass' /** The evidence, for JSON and `--verbose`. */; readonly seen: Said }
  | ({
      readonly status: 'fail';
      /** A controller is still at work, so that waiting may be all it needs (exit code 8 rather than 1). */
      readonly progressing?: boolean;
    } & Finding)
  | ({ readonly status: 'warn' } & Finding)
  | { readonly status: 'skip'; readonly reason: Said }
  /** The question cannot be put to this cluster: it is away, or we may not ask. Neither green nor red (exit code 3). */
  | { readonly status: 'unjudged'; readonly reason: Said };

export type Status = Outcome['status'];

export const pass = (seen: Said): Outcome => ({ status: 'pass', seen });
export const fail = (finding: Finding): Outcome => ({ status: 'fail', ...finding });
/** A failure that may mend itself while a controller works on it. */
export const progressing = (finding: Finding): Outcome => ({ status: 'fail', progressing: true, ...finding });
export const warn = (finding: Finding): Outcome => ({ status: 'warn', ...finding });
export const skip = (reason: Said): Outcome => ({ status: 'skip', reason });
export const unjudged = (reason: Said): Outcome => ({ status: 'unjudged', reason });
