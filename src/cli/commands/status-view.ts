import type { Painter } from '../paint.ts';

/** One stack as `journey status` shows it. */
export interface StatusView {
  /** For `--json`. */
  readonly data: object;
  readonly screen: (paint: Painter) => readonly string[];
  /** 0, 8 while something is not ready, 3 when there is nothing to be ready. */
  readonly exitCode: number;
}
