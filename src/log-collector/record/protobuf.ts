// The wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), as much of it as OTLP needs. Written
// by hand, not by a library: records go straight into the batch, and what a library would write is an object first.

/** Bytes that {@link writeVarint} takes for a whole number ≥ 0. */
export function varintSize(value: number): number {
  let size = 1;
  for (let bound = 0x80; value >= bound; bound *= 0x80) size++;
  return size;
}

/** Writes a whole number ≥ 0 and returns where it ends. */
export function writeVarint(out: Buffer, at: number, value: number): number {
  let to = at;
  let rest = value;
  // Beyond 2^31 the bit operators would wrap; offsets of flooded files get there.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) out[to++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>= 7) out[to++] = (rest & 0x7f) | 0x80;
  out[to] = rest;
  return to + 1;
}

export const lengthDelimited = 2;

/** Tag and length of a field whose `length` bytes follow. */
export function fieldHead(field: number, length: number): Buffer {
  const head = Buffer.alloc(1 + varintSize(length), (field << 3) | lengthDelimited);
  writeVarint(head, 1, length);
  return head;
}

/** A field that holds a message; its number is below 16, as all of OTLP logs are that we write. */
export function messageField(field: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, bytes) => sum + bytes.length, 0);
  return Buffer.concat([fieldHead(field, length), ...content]);
}

export function textField(field: number, text: string): Buffer {
  return messageField(field, Buffer.from(text));
}

/** A field that holds a whole number ≥ 0. */
export function numberField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(1 + varintSize(value), field << 3);
  writeVarint(bytes, 1, value);
  return bytes;
}

/** Reads a whole number, exact up to 2^53. @throws RangeError if there is none. */
export function readVarint(bytes: Buffer, at: number): readonly [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 0x80 ** i;
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw new RangeError('not a protobuf message');
}
