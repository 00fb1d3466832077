import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly maxMs?: number;
  readonly random?: () => number;
}

/** Growing pauses between attempts, with full jitter so that a thousand nodes do not come back at once. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor({ firstMs = 200, maxMs = 30_000, random = Math.random }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** How often {@link pause} has been called since the last {@link reset}. */
  get attempts(): number {
    return this.#attempt;
  }

  reset(): void {
    this.#attempt = 0;
  }

  /** Waits before the next attempt, at least `atLeastMs` (what a server asked for). @throws when `signal` aborts. */
  async pause(signal: AbortSignal, atLeastMs = 0): Promise<void> {
    const ceiling = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempt++, 20));
    await sleep(Math.max(atLeastMs, ceiling * (0.5 + this.#random() / 2)), undefined, { signal });
  }
}
