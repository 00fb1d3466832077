import type { PushPart } from './push-format.ts';

/** Room for what surrounds a part; more is made when it is not enough. */
const partRoom = 4_096;

/** Memory that bodies are put together in, again and again: a new megabyte for each would pile up as garbage. */
export class BodyBuffer {
  #bytes = Buffer.alloc(0);
  #length = 0;

  begin(roomFor: readonly PushPart[]): void {
    const needed = roomFor.reduce((sum, { bytes }) => sum + bytes.length + partRoom, partRoom);
    if (this.#bytes.length < needed) this.#bytes = Buffer.allocUnsafeSlow(needed);
    this.#length = 0;
  }

  /** @returns the bytes in their place; valid until the next call. */
  add(bytes: Buffer): Buffer {
    const from = this.#length;
    const end = from + bytes.length;
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * end);
    bytes.copy(this.#bytes, from);
    this.#length = end;
    return this.#bytes.subarray(from, end);
  }

  /** What has been put together; valid until the next {@link begin}. */
  get body(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
