import { lengthDelimited, readVarint } from './protobuf.ts';

type Value = number | Buffer;

/** Sizes of the fixed-size wire types. */
const fixedSizes: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** A message that has come, by the numbers of its fields. For what is read now and then, not for records on their way. */
export class ProtobufMessage {
  readonly #fields = new Map<number, Value[]>();

  /** @throws RangeError if the bytes are no message. */
  constructor(bytes: Buffer) {
    for (let at = 0; at < bytes.length; ) {
      const [tag, valueAt] = readVarint(bytes, at);
      const [value, end] = readValue(bytes, valueAt, tag % 8);
      const field = Math.floor(tag / 8);
      const values = this.#fields.get(field);
      if (values === undefined) this.#fields.set(field, [value]);
      else values.push(value);
      at = end;
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** A whole number; like the others below, what protobuf says it is where the field is absent: 0, empty. */
  number(field: number): number {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === 'number' ? value : 0;
  }

  bytes(field: number): Buffer {
    const value = this.#fields.get(field)?.at(-1);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString();
  }

  message(field: number): ProtobufMessage {
    return new ProtobufMessage(this.bytes(field));
  }

  messages(field: number): ProtobufMessage[] {
    return (this.#fields.get(field) ?? []).filter(Buffer.isBuffer).map((bytes) => new ProtobufMessage(bytes));
  }
}

function readValue(bytes: Buffer, at: number, wireType: number): readonly [value: Value, end: number] {
  if (wireType === 0) return readVarint(bytes, at);
  const [length, from] = wireType === lengthDelimited ? readVarint(bytes, at) : [fixedSizes[wireType], at];
  if (length === undefined || from + length > bytes.length) throw new RangeError('not a protobuf message');
  return [bytes.subarray(from, from + length), from + length];
}
