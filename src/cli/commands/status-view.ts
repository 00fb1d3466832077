import type { Painter } from '../paint.ts';

/** One stack as `journey status` shows it. */
export interface StatusView {
  /** For `--json`. */
  readonly data: object;
  readonly screen: (paint: Painter) => readonly string[];
  /** 0, or 8 while something is not ready. */
  readonly exitCode: number;
}
