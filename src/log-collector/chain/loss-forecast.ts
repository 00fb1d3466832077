/** How fast what lies behind is forgotten: a burst of a second must not raise an alarm, a minute's trend must. */
const memoryMs = 10_000;
/** Samples nearer together than this say little about a rate. */
const stepMs = 500;

/**
 * When the oldest unread bytes of a container will be deleted, if things go on as they do: the kubelet keeps a few
 * rotated files, and what is unread beyond that is gone. Said before it happens, since afterwards a number is all that
 * is left.
 */
export class LossForecast {
  #at = Number.NEGATIVE_INFINITY;
  #lag = 0;
  /** Bytes a second by which what is unread grows, smoothed. */
  #growth = 0;

  /** Takes down how much is unread at a time (monotonic milliseconds). */
  sample(now: number, lagBytes: number): void {
    const elapsed = now - this.#at;
    if (elapsed < stepMs) return;
    if (Number.isFinite(elapsed)) {
      const rate = ((lagBytes - this.#lag) / elapsed) * 1_000;
      this.#growth += (rate - this.#growth) * (1 - Math.exp(-elapsed / memoryMs));
    }
    this.#at = now;
    this.#lag = lagBytes;
  }

  /** Seconds until unread bytes exceed `keptBytes`; `Infinity` when they do not grow. */
  secondsToLoss(lagBytes: number, keptBytes: number): number {
    if (lagBytes === 0 || this.#growth < 1) return Number.POSITIVE_INFINITY;
    return Math.max(0, (keptBytes - lagBytes) / this.#growth);
  }
}
