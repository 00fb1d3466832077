/** First wait, longest wait, and how long a run must have lasted for the count to start over; all in milliseconds. */
export interface BackOffSettings {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly healthyMs: number;
}

/** The kubelet starts at 10 s and ends at 5 min; for somebody who watches, that is cruel. */
export const localBackOff: BackOffSettings = { firstMs: 500, maxMs: 30_000, healthyMs: 60_000 };

/** Waits between restarts of one program: doubling, and forgotten after a long enough run. */
export class BackOff {
  readonly #settings: BackOffSettings;
  #failures = 0;

  constructor(settings: BackOffSettings) {
    this.#settings = settings;
  }

  /** @param ranMs how long the run that just ended had lasted */
  next(ranMs: number): number {
    const { firstMs, maxMs, healthyMs } = this.#settings;
    if (ranMs >= healthyMs) this.#failures = 0;
    return Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures++, 30));
  }
}
