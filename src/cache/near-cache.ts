import { isJourneyError } from '../errors/journey-error.ts';
import type { DeleteResult, Entry, Precondition, PutRequest, PutResult, Store } from './cache.ts';
import type { CacheSettings } from './config.ts';
import { CacheCounters, type CacheCounts, type NearResult, type Rates } from './near/cache-counters.ts';
import { type Flight, Flights } from './near/flights.ts';
import { type Held, HeldEntries } from './near/held.ts';
import { type Asked, type Derivation, hold } from './near/hold.ts';
import { unlessAborted } from './near/unless-aborted.ts';
import { type Write, Writes } from './near/writes.ts';

export type { CacheCounts, Rates } from './near/cache-counters.ts';
export { type NearResult, nearResults, type StoreResult, storeResults } from './near/cache-counters.ts';
export type { Held } from './near/held.ts';

export interface NearCacheOptions<T> extends Derivation<T> {
  readonly store: Store;
  readonly settings: CacheSettings;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** From 0 up to but not including 1. */
  readonly random?: () => number;
}

/** The answer to a read. */
export interface Lookup<T> {
  /** `undefined`: there is no such key. */
  readonly entry: Entry | undefined;
  readonly derived: T | undefined;
  readonly result: Exclude<NearResult, 'error'>;
  /** `store` if this read waited for the store, `near` if memory answered. */
  readonly tier: 'near' | 'store';
  /**
   * For how much longer memory will give this answer, in milliseconds; 0 when it is not kept. Negative when stale: for
   * how long it has been out of date.
   */
  readonly freshForMs: number;
}

export interface NearCacheStats {
  readonly counts: CacheCounts;
  readonly rates: { readonly near: Rates; readonly store: Rates };
  readonly entries: number;
  /** Never more than {@link maxBytes}. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Keys being loaded now. */
  readonly loading: number;
}

interface Loaded<T> {
  readonly held: Held<T>;
  readonly kept: boolean;
}

/**
 * The memory in front of a store.
 *
 * A value read after a write was acknowledged here is that write's or newer: every write and invalidation taints the
 * loads under way for its key, and what a tainted load brings is neither kept nor given to a read that began later (the
 * class of bugs in FusionCache#613, #625 and logto-io/logto PR #9428). Writes by others are seen when the store tells
 * ({@link Store.onInvalidation}), and without that at the latest after `nearTtlSeconds`.
 */
export class NearCache<T> {
  readonly #options: NearCacheOptions<T>;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #held: HeldEntries<T>;
  readonly #flights = new Flights<Loaded<T>>();
  readonly #writes = new Writes();
  readonly #counters: CacheCounters;
  readonly #unsubscribe: () => void;
  #settings: CacheSettings;
  #epoch = 0;

  constructor(options: NearCacheOptions<T>) {
    this.#options = options;
    this.#settings = options.settings;
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
    this.#counters = new CacheCounters(this.#now());
    this.#held = new HeldEntries(options.settings.maxBytes, () => this.#counters.evictions++);
    this.#unsubscribe = options.store.onInvalidation((keys) => this.invalidate(keys));
  }

  /**
   * What memory can answer without waiting: the hot path. Fresh entries and fresh knowledge of absence only; a read that
   * gets `undefined` goes on with {@link get}, which then does the counting.
   */
  peek(key: string): Held<T> | undefined {
    const now = this.#now();
    const held = this.#held.get(key);
    if (held === undefined || !this.#isFresh(held, now)) return undefined;
    this.#counters.answered(held.entry === undefined ? 'negative' : 'hit', now);
    return held;
  }

  /** For how much longer memory will give this answer, in milliseconds. */
  freshForMs(held: Held<T>): number {
    return Math.max(0, held.freshUntil - this.#now());
  }

  /**
   * Reads through. One load per key at a time; reads that meet share its answer or its error, and one that aborts leaves
   * the load to the others.
   *
   * @throws JourneyError from the store when memory has nothing that may be served; the signal's reason on abort.
   */
  async get(key: string, signal?: AbortSignal): Promise<Lookup<T>> {
    signal?.throwIfAborted();
    const held = this.peek(key);
    if (held !== undefined) {
      return this.#lookup(held, held.entry === undefined ? 'negative' : 'hit', this.freshForMs(held));
    }
    const { flight, began } = this.#flights.join(key, (own) => this.#load(key, own));
    const result = began ? 'miss' : 'joined';
    try {
      const loaded = await unlessAborted(flight.promise, signal);
      this.#counters.answered(result, this.#now());
      return this.#lookup(loaded.held, result, loaded.kept ? this.freshForMs(loaded.held) : 0);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const stale = this.#staleFor(key, error);
      this.#counters.answered(stale === undefined ? 'error' : 'stale', this.#now());
      if (stale === undefined) throw error;
      // Forgotten before its time, by an invalidation of everything, it is out of date from this moment.
      const freshUntil = stale.askedAt + this.#settings.nearTtlSeconds * 1_000;
      return this.#lookup(stale, 'stale', Math.min(freshUntil - this.#now(), -1));
    }
  }

  /** Writes through to the store; what was written is fresh in memory when this resolves. @throws JourneyError. */
  async put(request: PutRequest): Promise<PutResult> {
    const { key, value } = request;
    const askedAt = this.#now();
    const epoch = this.#epoch;
    return this.#write(
      key,
      () => this.#options.store.put(request),
      (result, write) => {
        if (result.outcome === 'precondition-failed') return this.#distrust(key);
        this.#held.delete(key);
        if (write.contested) return;
        const entry: Entry = { ...result.entry, value, ttlLeftMs: result.ttlLeftMs };
        this.#keep(this.#hold(key, entry, { askedAt, epoch }));
      },
    );
  }

  /** Deletes in the store; memory knows it is gone when this resolves. @throws JourneyError. */
  async delete(key: string, precondition?: Precondition): Promise<DeleteResult> {
    const askedAt = this.#now();
    const epoch = this.#epoch;
    return this.#write(
      key,
      () => this.#options.store.delete(key, precondition),
      (result, write) => {
        if (result === 'precondition-failed') return this.#distrust(key);
        this.#held.delete(key);
        if (!write.contested) this.#keep(this.#hold(key, undefined, { askedAt, epoch }));
      },
    );
  }

  /**
   * Forgets keys that somebody else may have changed. With `'all'`, which also comes when a lost connection returns,
   * entries are no longer fresh but may still be served as stale should the store go away again.
   */
  invalidate(keys: readonly string[] | 'all'): void {
    if (keys === 'all') {
      this.#counters.invalidations++;
      this.#epoch++;
      this.#flights.taintAll();
      return;
    }
    for (const key of keys) {
      this.#counters.invalidations++;
      this.#flights.taint(key);
      this.#writes.contest(key);
      this.#held.delete(key);
    }
  }

  /** Applies new settings at once, to what is already held as well. */
  configure(settings: CacheSettings): void {
    this.#settings = settings;
    const now = this.#now();
    this.#held.resize(settings.maxBytes, (held) => {
      const latest =
        held.askedAt + (held.entry === undefined ? settings.negativeTtlMs : settings.nearTtlSeconds * 1_000);
      return { ...held, freshUntil: Math.min(held.freshUntil, Math.max(latest, now)) };
    });
  }

  stats(): NearCacheStats {
    const now = this.#now();
    const { near, store, fills, evictions, invalidations } = this.#counters;
    return {
      counts: { near: { ...near }, store: { ...store }, fills, evictions, invalidations },
      rates: { near: this.#counters.rates('near', now), store: this.#counters.rates('store', now) },
      entries: this.#held.size,
      bytes: this.#held.bytes,
      maxBytes: this.#settings.maxBytes,
      loading: this.#flights.size,
    };
  }

  /** Stops listening to the store, which stays open. */
  close(): void {
    this.#unsubscribe();
  }

  async #write<R>(key: string, send: () => Promise<R>, done: (result: R, write: Write) => void): Promise<R> {
    const write = this.#writes.begin(key);
    try {
      const result = await send();
      done(result, write);
      return result;
    } catch (error) {
      // Only when we know that nothing happened does memory stay as good as it was.
      if (!isJourneyError(error) || isJourneyError(error, 'store-outcome-unknown')) this.#distrust(key);
      throw error;
    } finally {
      // Loads that asked before the acknowledgement may bring the value from before the write.
      this.#flights.taint(key);
      this.#writes.end(key, write);
    }
  }

  async #load(key: string, flight: Flight<Loaded<T>>): Promise<Loaded<T>> {
    const at = { askedAt: this.#now(), epoch: this.#epoch };
    try {
      const entry = await this.#options.store.get(key);
      this.#counters.loaded(entry === undefined ? 'miss' : 'hit', this.#now());
      const held = this.#hold(key, entry, at);
      return { held, kept: !flight.tainted && this.#keep(held) };
    } catch (error) {
      this.#counters.loaded('error', this.#now());
      throw error;
    }
  }

  #hold(key: string, entry: Entry | undefined, at: Asked): Held<T> {
    return hold(key, entry, at, { ...this.#options, settings: this.#settings, random: this.#random });
  }

  #keep(held: Held<T>): boolean {
    // Fresh for no time at all, but still of use when the store is away; absence is not.
    if (held.entry === undefined && held.freshUntil <= this.#now()) return false;
    const kept = this.#held.set(held);
    if (kept) this.#counters.fills++;
    return kept && this.#isFresh(held, this.#now());
  }

  /** What is held may no longer be what the store has: ask before serving it again, unless the store is away. */
  #distrust(key: string): void {
    this.#held.replace(key, (held) => ({ ...held, freshUntil: Number.NEGATIVE_INFINITY }));
  }

  #isFresh(held: Held<T>, now: number): boolean {
    return now < held.freshUntil && held.epoch === this.#epoch;
  }

  #staleFor(key: string, error: unknown): Held<T> | undefined {
    if (!isJourneyError(error) || !error.code.startsWith('store-') || error.code === 'store-foreign') return undefined;
    const held = this.#held.get(key);
    if (held?.entry === undefined) return undefined;
    const { nearTtlSeconds, staleIfErrorSeconds } = this.#settings;
    const until = held.askedAt + (nearTtlSeconds + staleIfErrorSeconds) * 1_000;
    return this.#now() < Math.min(until, held.goneAt) ? held : undefined;
  }

  #lookup(held: Held<T>, result: Lookup<T>['result'], freshForMs: number): Lookup<T> {
    const tier = result === 'miss' || result === 'joined' ? 'store' : 'near';
    return { entry: held.entry, derived: held.derived, result, tier, freshForMs };
  }
}
