const slotMs = 5_000;
const slots = 61;

/** Share of requests that a tier answered itself, over sliding windows, in a fixed 61 slots of five seconds. */
export class HitRate {
  readonly #hits = new Float64Array(slots);
  readonly #all = new Float64Array(slots);
  #slot: number;
  #totalHits = 0;
  #totalAll = 0;

  /** @param now monotonic milliseconds. */
  constructor(now: number) {
    this.#slot = Math.floor(now / slotMs);
  }

  count(hit: boolean, now: number): void {
    this.#advance(now);
    const at = this.#slot % slots;
    this.#all[at] = (this.#all[at] ?? 0) + 1;
    this.#totalAll++;
    if (!hit) return;
    this.#hits[at] = (this.#hits[at] ?? 0) + 1;
    this.#totalHits++;
  }

  /**
   * @param windowMs whole slots, at most five minutes; the running slot comes on top.
   * @returns 0 to 1; `undefined` when nothing was asked, which is not a rate of 0 or 1.
   */
  over(windowMs: number, now: number): number | undefined {
    this.#advance(now);
    let hits = 0;
    let all = 0;
    for (let back = 0; back <= windowMs / slotMs && back <= this.#slot; back++) {
      const at = (this.#slot - back) % slots;
      hits += this.#hits[at] ?? 0;
      all += this.#all[at] ?? 0;
    }
    return all === 0 ? undefined : hits / all;
  }

  sinceStart(): number | undefined {
    return this.#totalAll === 0 ? undefined : this.#totalHits / this.#totalAll;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / slotMs);
    // After a long silence every slot is out of date, and clearing each once is enough.
    for (let next = Math.max(this.#slot + 1, slot - slots + 1); next <= slot; next++) {
      this.#hits[next % slots] = 0;
      this.#all[next % slots] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
  }
}
