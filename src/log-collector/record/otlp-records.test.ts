import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCodePoint } from '../../../test/support/any-code-point.ts';
import { decodeOtlp, encodeOtlp } from '../../../test/support/otlp.ts';
import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import { otlpRecords } from './otlp-records.ts';
import { readVarint } from './protobuf.ts';
import { ProtobufMessage } from './protobuf-message.ts';
import { otlpRecord } from './read-otlp.ts';
import { flagsOf, RecordView } from './record-view.ts';
import { sourceLabel } from './source-label.ts';

const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 3 };
const severityNumbers = [0, 1, 5, 9, 13, 17, 21];

interface Given {
  readonly text: string;
  readonly nanos: bigint;
  readonly stream: number;
  readonly level: number;
  readonly flags: number;
  readonly lines: number;
  readonly offset: number;
}

function encode({ text, nanos, stream, level, flags, lines, offset }: Given): Buffer {
  const second = new Date(Number(nanos / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  const record = new RecordView();
  record.text = Buffer.from(`…${text}`);
  record.textStart = 3;
  record.textEnd = record.text.length;
  record.time = Buffer.from(`${second}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`);
  record.timeEnd = record.time.length;
  record.stream = stream as RecordView['stream'];
  record.level = level;
  record.flags = flags;
  record.lines = lines;
  record.offset = offset;
  record.source = sourceLabel('node-1', instance, '0123456789abcdef');
  const room = otlpRecords.room(record);
  const out = Buffer.alloc(room + 8, 0xaa);
  const end = otlpRecords.encode(out, 4, record);
  assert.ok(end - 4 <= room, `${end - 4} bytes written, ${room} announced`);
  assert.equal(out.readUInt32LE(), 0xaaaaaaaa, 'nothing before it is touched');
  return out.subarray(4, end);
}

/** What the record must be when it is read. */
function wanted({ text, nanos, stream, level, flags, lines, offset }: Given) {
  return {
    timeUnixNano: String(nanos),
    ...(level === 0 ? {} : { severityNumber: severityNumbers[level], severityText: levelNames[level] }),
    body: { stringValue: text },
    attributes: [
      { key: 'log.iostream', value: { stringValue: streamNames[stream] } },
      { key: 'log.file.id', value: { stringValue: '0123456789abcdef' } },
      { key: 'log.record.offset', value: { intValue: String(offset) } },
      ...(lines === 1 ? [] : [{ key: 'log.record.lines', value: { intValue: String(lines) } }]),
      ...(flags === 0 ? [] : [{ key: 'log.record.flags', value: { stringValue: flagsOf(flags) } }]),
    ],
  };
}

// Every length of a length: 127 and 128, 16 383 and 16 384 bytes, with and without what stands around them.
const texts = fc.oneof(
  fc.string({ unit: anyCodePoint }).map((text) => text.toWellFormed()),
  fc.string({ unit: fc.constantFrom('\0', '\n', '"', '\\', '😀', 'é', 'a', '\u007f', '\ufffd') }),
  fc.integer({ min: 100, max: 140 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 16_360, max: 16_400 }).map((length) => 'é'.repeat(length / 2)),
);
const records = fc.record({
  text: texts,
  nanos: fc.oneof(fc.bigInt(1n, 2n ** 63n - 2_000_000_000n), fc.bigInt(2n ** 32n - 9n, 2n ** 32n + 9n)),
  stream: fc.nat(2),
  level: fc.nat(levelNames.length - 1),
  flags: fc.nat(15),
  lines: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 100_000 })),
  offset: fc.oneof(
    fc.maxSafeNat(),
    fc.nat(7).chain((size) => fc.integer({ min: Math.max(0, 2 ** (7 * size) - 2), max: 2 ** (7 * size) + 2 })),
    fc.integer({ min: 2 ** 31 - 2, max: 2 ** 31 + 2 }),
  ),
});

test('a record comes out of another decoder as it went in, and from its encoder as the same bytes', () => {
  fc.assert(
    fc.property(records, (given) => proveRead(given)),
    { numRuns: 500 },
  );
});

test('so does one of sixteen mebibytes, the longest line there can be', () => {
  const ordinary = { nanos: 1_795_586_400_123_456_789n, stream: 0, level: 3, flags: 0, lines: 1, offset: 7 };
  proveRead({ ...ordinary, text: 'x'.repeat(16_777_216) });
});

function proveRead(given: Given): void {
  const bytes = encode(given);
  const read = decodeOtlp('ScopeLogs', bytes);
  assert.deepEqual(read, { logRecords: [wanted(given)] });
  assert.ok(encodeOtlp('ScopeLogs', read).equals(bytes), 'the order of the fields and the shortest lengths');
}

test('records one behind the other are found again by their lengths, and read as they went in', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 5 }), (all) => {
      const bytes = Buffer.concat(all.map(encode));
      const read = new ProtobufMessage(bytes).messages(2).map(otlpRecord);
      assert.deepEqual(read, all.map(wanted));
    }),
    { numRuns: 100 },
  );
});

test('a whole number of 64 bits, a field nobody knows and one of a fixed size are passed over', () => {
  const record = encodeOtlp('LogRecord', {
    timeUnixNano: '1795586400123456789',
    body: { stringValue: 'x' },
    droppedAttributesCount: 4_000_000_000,
    flags: 1,
    traceId: Buffer.alloc(16, 1),
    observedTimeUnixNano: '18446744073709551615',
    attributes: [{ key: 'far', value: { intValue: String(2 ** 53 - 1) } }],
  });
  assert.deepEqual(otlpRecord(new ProtobufMessage(record)), {
    timeUnixNano: '1795586400123456789',
    body: { stringValue: 'x' },
    attributes: [{ key: 'far', value: { intValue: '9007199254740991' } }],
  });
});

test('bytes that are no message are refused by name, whatever they are', () => {
  for (const bytes of [[0x80], [0x0a, 5, 1], [0x09, 1, 2], [0x0b], [0x0f, 0], Array(11).fill(0xff)]) {
    assert.throws(() => new ProtobufMessage(Buffer.from(bytes)), RangeError, String(bytes));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        new ProtobufMessage(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
  assert.throws(() => readVarint(Buffer.alloc(0), 0), RangeError);
});
