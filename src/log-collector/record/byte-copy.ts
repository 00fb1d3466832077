/** Above this many bytes the call into C++ beats the loop. */
const largeCopy = 512;
/** Below this many bytes a loop over bytes beats that call, where four at a time are not to be had. */
const smallCopy = 24;

const none: DataView = new DataView(new ArrayBuffer(0));
let source: Buffer | undefined;
let sourceView: DataView = none;
let target: Buffer | undefined;
let targetView = none;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Names the buffer most copies will come from, normally the one that files are read into. */
export function copyFrom(bytes: Buffer): DataView {
  if (bytes !== source) {
    source = bytes;
    sourceView = viewOf(bytes);
  }
  return sourceView;
}

/** The buffer written to, four bytes at a time; nearly always the same as the last time. */
export function viewToWrite(out: Buffer): DataView {
  if (out !== target) {
    target = out;
    targetView = viewOf(out);
  }
  return targetView;
}

/**
 * Copies `from`…`end` to `at` in `out` and returns where it ends there.
 *
 * Records are made of short pieces, and `Buffer.copy` costs 100 ns however short: four times what the words do. The
 * last word may go up to three bytes beyond the end, where the next piece is written anyway.
 */
export function copyBytes(out: Buffer, at: number, bytes: Buffer, from: number, end: number): number {
  const length = end - from;
  const to = at + length;
  if (bytes === source && length <= largeCopy && end + 3 <= bytes.length && to + 3 <= out.length) {
    const view = sourceView;
    const words = viewToWrite(out);
    for (let i = from, o = at; i < end; i += 4, o += 4) words.setInt32(o, view.getInt32(i, true), true);
  } else if (length > smallCopy) {
    bytes.copy(out, at, from, end);
  } else {
    for (let i = from, o = at; i < end; i++, o++) out[o] = bytes[i] as number;
  }
  return to;
}

/** Bytes that never change, ready to be copied four at a time. */
export class ConstantBytes {
  readonly length: number;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;

  constructor(bytes: string | Buffer) {
    this.#bytes = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    this.length = this.#bytes.length;
    const padded = Buffer.alloc(Math.ceil(this.length / 4) * 4);
    this.#bytes.copy(padded);
    this.#words = Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4));
  }

  /** Copies them to `at` in `out` and returns where they end there; up to three bytes behind may be overwritten. */
  write(out: Buffer, at: number): number {
    const words = this.#words;
    const view = viewToWrite(out);
    if (at + words.length * 4 <= out.length) {
      for (let k = 0, to = at; k < words.length; k++, to += 4) view.setInt32(to, words[k] as number, true);
    } else {
      this.#bytes.copy(out, at);
    }
    return at + this.length;
  }

  toString(): string {
    return this.#bytes.toString();
  }
}
