/** A line as it arrived: its number, and the key by which a repeat is known. */
export interface Arrival {
  readonly sequence: number;
  readonly key: string;
}

/** What became of numbered lines; each kind of fault by itself, so that a repeat cannot hide a gap. */
export interface Account {
  readonly sent: number;
  /** Different lines that arrived. */
  readonly stored: number;
  readonly missing: number;
  /** Arrivals of a line that had arrived before, under the same key. */
  readonly twice: number;
  /** Arrivals of a line that had arrived before, under another key: nobody could tell that they are repeats. */
  readonly unknownRepeats: number;
  /** First arrivals behind a larger number. */
  readonly outOfOrder: number;
}

/** Takes down arrivals as they come; memory is one key a line. */
export class Accounting {
  readonly #keys = new Map<number, string>();
  #last = -1;
  #twice = 0;
  #unknownRepeats = 0;
  #outOfOrder = 0;

  add({ sequence, key }: Arrival): void {
    const before = this.#keys.get(sequence);
    if (before !== undefined) {
      if (before === key) this.#twice++;
      else this.#unknownRepeats++;
      return;
    }
    this.#keys.set(sequence, key);
    if (sequence < this.#last) this.#outOfOrder++;
    this.#last = Math.max(this.#last, sequence);
  }

  get stored(): number {
    return this.#keys.size;
  }

  /** The account against the numbers `0`…`sent - 1`. */
  close(sent: number): Account {
    let missing = 0;
    for (let n = 0; n < sent; n++) if (!this.#keys.has(n)) missing++;
    return {
      sent,
      stored: this.stored,
      missing,
      twice: this.#twice,
      unknownRepeats: this.#unknownRepeats,
      outOfOrder: this.#outOfOrder,
    };
  }
}
