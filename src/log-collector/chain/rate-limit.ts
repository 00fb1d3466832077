/** A container's allowance: what it may be read of a second, saved up for a second at most. */
export class RateLimit {
  #allowance: number | undefined;
  #at = 0;

  /**
   * Milliseconds until something may be read again; 0 is now. A turn may overdraw, which is paid back by waiting.
   *
   * @param now monotonic milliseconds.
   * @param bytesPerSecond 0 means no limit.
   */
  waitMs(now: number, bytesPerSecond: number): number {
    if (bytesPerSecond === 0) {
      // What is read without a limit is no debt under the next one.
      this.#allowance = undefined;
      return 0;
    }
    const earned = ((now - this.#at) / 1_000) * bytesPerSecond;
    this.#allowance = Math.min(bytesPerSecond, (this.#allowance ?? bytesPerSecond) + earned);
    this.#at = now;
    return this.#allowance > 0 ? 0 : (-this.#allowance / bytesPerSecond) * 1_000 + 1;
  }

  spend(bytes: number): void {
    if (this.#allowance !== undefined) this.#allowance -= bytes;
  }
}
