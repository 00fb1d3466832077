/** One load of one key that any number of reads wait for. */
export interface Flight<R> {
  readonly promise: Promise<R>;
  /** The key was written or invalidated after the store was asked: the answer may be old and must not be kept. */
  tainted: boolean;
}

/**
 * One load per key at a time. A read that comes after a load was tainted must not get its answer (it would see a value
 * older than a write that was acknowledged before the read began), so it waits for one more load, which begins when the
 * old one is over.
 */
export class Flights<R> {
  /** The flight a new read would join; the one before it may still be on its way. */
  readonly #newest = new Map<string, Flight<R>>();
  /** The flight that may have asked the store: what it brings can be out of date by now. */
  readonly #flying = new Map<string, Flight<R>>();

  /** Keys with a load going on. */
  get size(): number {
    return this.#newest.size;
  }

  /** @param load must not throw synchronously. @returns the flight to wait for and whether this call began it. */
  join(key: string, load: (flight: Flight<R>) => Promise<R>): { readonly flight: Flight<R>; readonly began: boolean } {
    const newest = this.#newest.get(key);
    if (newest !== undefined && !newest.tainted) return { flight: newest, began: false };
    const before = newest?.promise;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    // Whoever waits has a handler; nobody may be left when the last one has aborted.
    promise.catch(() => {});
    const flight: Flight<R> = { promise, tainted: false };
    this.#newest.set(key, flight);
    const fly = (): void => {
      this.#flying.set(key, flight);
      load(flight)
        .finally(() => {
          if (this.#newest.get(key) === flight) this.#newest.delete(key);
          this.#flying.delete(key);
        })
        .then(resolve, reject);
    };
    if (before === undefined) fly();
    else before.then(fly, fly);
    return { flight, began: true };
  }

  taint(key: string): void {
    const flight = this.#flying.get(key);
    if (flight !== undefined) flight.tainted = true;
  }

  taintAll(): void {
    for (const flight of this.#flying.values()) flight.tainted = true;
  }
}
