import { randomFillSync } from 'node:crypto';

const poolBytes = 8_192;

/**
 * Random lower-case hexadecimal digits for identifiers. The entropy is drawn 8 KiB at a time, which makes one
 * identifier a slice of a string instead of a call into OpenSSL: three are needed for every request.
 */
export class RandomHex {
  #pool = '';
  #used = 0;

  /** @param digits how many, at most {@link poolBytes}. */
  next(digits: number): string {
    if (this.#used + digits > this.#pool.length) {
      this.#pool = randomFillSync(Buffer.allocUnsafe(poolBytes)).toString('hex');
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += digits;
    return this.#pool.slice(start, this.#used);
  }
}
