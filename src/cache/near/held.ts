import { LRUCache } from 'lru-cache';
import type { Entry } from '../cache.ts';

/** What memory holds for one key: an entry with what was derived from it, or the knowledge that there is none. */
export interface Held<T> {
  /** A copy with memory of its own, see `standalone.ts`. */
  readonly key: string;
  /** `undefined`: the store has no such key. */
  readonly entry: Entry | undefined;
  readonly derived: T | undefined;
  /** Monotonic milliseconds of the moment the store was asked. */
  readonly askedAt: number;
  /** Until when it may be served as fresh; the same clock. */
  readonly freshUntil: number;
  /** When the entry itself expires; the same clock, `Infinity` for never. Nothing is served past it. */
  readonly goneAt: number;
  /** Of a time before the last "forget everything" are only good for when the store is away. */
  readonly epoch: number;
  /** What it weighs, key and bookkeeping included. */
  readonly bytes: number;
}

/**
 * What an entry costs beyond its value and key: Held and Entry objects, a Buffer and its backing store, the tag, the
 * cache's own slot; and what remembering an absent key costs. `bench/near-cache.ts` holds both above what V8 really uses.
 */
export const overheadBytes = { present: 700, absent: 350 } as const;

/** An entry larger than this share of the room would push out too much that is smaller. */
const largestShare = 1 / 8;
/** Absent keys have a part of the room to themselves, so that probing random keys cannot push out entries. */
const negativeShare = 1 / 16;

/** Memory bounded in bytes, least recently used first out. Knows nothing of time. */
export class HeldEntries<T> {
  readonly #onEvict: () => void;
  #present: LRUCache<string, Held<T>> | undefined;
  #absent: LRUCache<string, Held<T>> | undefined;

  constructor(maxBytes: number, onEvict: () => void) {
    this.#onEvict = onEvict;
    this.resize(maxBytes, (held) => held);
  }

  get size(): number {
    return (this.#present?.size ?? 0) + (this.#absent?.size ?? 0);
  }

  get bytes(): number {
    return (this.#present?.calculatedSize ?? 0) + (this.#absent?.calculatedSize ?? 0);
  }

  get(key: string): Held<T> | undefined {
    return this.#present?.get(key) ?? this.#absent?.get(key);
  }

  /** @returns whether it is held now: something too large is not, and pushes nothing out. */
  set(held: Held<T>): boolean {
    const { key } = held;
    this.delete(key);
    const room = held.entry === undefined ? this.#absent : this.#present;
    if (room === undefined || held.bytes > room.maxEntrySize) return false;
    room.set(key, held, { size: held.bytes });
    return true;
  }

  /** Puts another in the place of what is held, which must weigh the same. */
  replace(key: string, change: (held: Held<T>) => Held<T>): void {
    for (const room of [this.#present, this.#absent]) {
      const held = room?.peek(key);
      if (held !== undefined) room?.set(key, change(held), { size: held.bytes });
    }
  }

  delete(key: string): void {
    this.#present?.delete(key);
    this.#absent?.delete(key);
  }

  /** Moves everything that still fits into new bounds, least recently used first, so that it is the first out again. */
  resize(maxBytes: number, change: (held: Held<T>) => Held<T>): void {
    const absentBytes = Math.floor(maxBytes * negativeShare);
    this.#present = this.#refill(this.#present, maxBytes - absentBytes, change);
    this.#absent = this.#refill(this.#absent, absentBytes, change);
  }

  #refill(
    old: LRUCache<string, Held<T>> | undefined,
    maxSize: number,
    change: (held: Held<T>) => Held<T>,
  ): LRUCache<string, Held<T>> | undefined {
    const maxEntrySize = Math.floor(maxSize * largestShare);
    if (maxEntrySize < 1) return undefined;
    const dispose = (_held: Held<T>, _key: string, reason: string): void => {
      if (reason === 'evict') this.#onEvict();
    };
    const room = new LRUCache<string, Held<T>>({ maxSize, maxEntrySize, dispose });
    old?.rforEach((held, key) => void room.set(key, change(held), { size: held.bytes }));
    return room;
  }
}
