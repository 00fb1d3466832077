import type { EntryFacts } from '../cleanup-store.ts';

export interface BigKey {
  readonly key: string;
  readonly bytes: number;
}

/** The largest entries seen, for the report; they are never deleted for being large. Memory: `limit` entries. */
export class BigKeys {
  readonly #limit: number;
  readonly #top: BigKey[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  observe({ key, bytes }: EntryFacts): void {
    const top = this.#top;
    if (bytes === 0 || (top.length >= this.#limit && bytes <= (top.at(-1)?.bytes ?? 0))) return;
    // SCAN may return a key twice.
    if (top.some((seen) => seen.key === key)) return;
    const at = top.findIndex((seen) => seen.bytes < bytes);
    top.splice(at === -1 ? top.length : at, 0, { key, bytes });
    if (top.length > this.#limit) top.pop();
  }

  /** Largest first. */
  list(): readonly BigKey[] {
    return [...this.#top];
  }
}
