import type { Entry } from '../cache.ts';
import type { CacheSettings } from '../config.ts';
import { type Held, overheadBytes } from './held.ts';
import { standalone, standaloneText } from './standalone.ts';

export interface Derivation<T> {
  /**
   * What readers really want of an entry, a serialised body say: computed once per load, so that a hit costs nothing.
   * Buffers in it should own their memory (`standalone.ts`), or {@link derivedBytes} cannot be true.
   */
  readonly derive: (entry: Entry) => T;
  /** Memory held by what {@link derive} made, in bytes. */
  readonly derivedBytes: (derived: T) => number;
}

/** When the store was asked for what is to be held. */
export interface Asked {
  /** Monotonic milliseconds. */
  readonly askedAt: number;
  readonly epoch: number;
}

/** Makes of a store's answer what memory can hold: copies of its own, what is derived, the times, the weight. */
export function hold<T>(
  key: string,
  answer: Entry | undefined,
  at: Asked,
  options: Derivation<T> & { readonly settings: CacheSettings; readonly random: () => number },
): Held<T> {
  const { nearTtlSeconds, negativeTtlMs } = options.settings;
  const ownKey = standaloneText(key);
  if (answer === undefined) {
    const bytes = overheadBytes.absent + key.length * 2;
    const freshUntil = at.askedAt + negativeTtlMs;
    return {
      ...at,
      key: ownKey,
      entry: undefined,
      derived: undefined,
      goneAt: Number.POSITIVE_INFINITY,
      freshUntil,
      bytes,
    };
  }
  const entry: Entry = { ...answer, key: ownKey, value: standalone(answer.value) };
  const derived = options.derive(entry);
  // Counted from before the store was asked: never longer than the store meant.
  const goneAt = at.askedAt + (entry.ttlLeftMs ?? Number.POSITIVE_INFINITY);
  // Up to a fifth off, so that what was filled together does not go out of date together.
  const cap = nearTtlSeconds * 1_000 * (1 - options.random() / 5);
  const bytes = overheadBytes.present + key.length * 2 + entry.value.length + options.derivedBytes(derived);
  return { ...at, key: ownKey, entry, derived, goneAt, freshUntil: Math.min(at.askedAt + cap, goneAt), bytes };
}
