import { copyBytes, viewToWrite } from './byte-copy.ts';
import type { RecordView } from './record-view.ts';

/** Two-character escapes of JSON; the other control characters become `\u00XX`. */
const short = new Uint8Array(256);
short[0x22] = 0x22;
short[0x5c] = 0x5c;
short[0x0a] = 0x6e;
short[0x0d] = 0x72;
short[0x09] = 0x74;
short[0x08] = 0x62;
short[0x0c] = 0x66;

const hex = Buffer.from('0123456789abcdef');

/** Most bytes one byte of text may become. */
const maxEscapeGrowth = 6;

/** Upper bound of what {@link writeRecordText} writes. */
export function roomForText({ textStart, textEnd, specialCount }: RecordView): number {
  const length = textEnd - textStart;
  return specialCount === -1 ? length * maxEscapeGrowth : length + specialCount * (maxEscapeGrowth - 1);
}

/** Writes a record's text as the inside of a JSON string. */
export function writeRecordText(out: Buffer, at: number, record: RecordView): number {
  const { text, textStart, textEnd, specials, specialCount } = record;
  return specialCount === -1
    ? writeText(out, at, text, textStart, textEnd)
    : writeMarkedText(out, at, text, textStart, textEnd, specials, specialCount);
}

/**
 * Writes the inside of a JSON string whose escapes are known beforehand: what lies between them is copied whole.
 * The text must be valid UTF-8.
 */
function writeMarkedText(
  out: Buffer,
  at: number,
  text: Buffer,
  from: number,
  end: number,
  specials: Int32Array,
  count: number,
): number {
  let to = at;
  let start = from;
  for (let k = 0; k < count; k++) {
    const special = specials[k] as number;
    to = copyBytes(out, to, text, start, special);
    to = writeEscape(out, to, text[special] as number);
    start = special + 1;
  }
  return copyBytes(out, to, text, start, end);
}

/** The same for a text nobody has looked at yet. */
function writeText(out: Buffer, at: number, text: Buffer, from: number, end: number): number {
  let to = at;
  let start = from;
  for (let i = from; i < end; i++) {
    const byte = text[i] as number;
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) continue;
    to = copyBytes(out, to, text, start, i);
    to = writeEscape(out, to, byte);
    start = i + 1;
  }
  return copyBytes(out, to, text, start, end);
}

function writeEscape(out: Buffer, at: number, byte: number): number {
  let to = at;
  out[to++] = 0x5c;
  const letter = short[byte] as number;
  if (letter !== 0) {
    out[to++] = letter;
    return to;
  }
  out[to++] = 0x75;
  out[to++] = 0x30;
  out[to++] = 0x30;
  out[to++] = hex[byte >> 4] as number;
  out[to++] = hex[byte & 15] as number;
  return to;
}

/** Every number of four digits as its characters, so that a long number takes few divisions. */
const quads = new Int32Array(10_000);
// In numbers: ten thousand strings would cost every start 8 ms.
for (let n = 0; n < quads.length; n++) {
  const digit = (tens: number): number => ((n / tens) | 0) % 10;
  quads[n] = 0x30303030 + digit(1_000) + (digit(100) << 8) + (digit(10) << 16) + (digit(1) << 24);
}

/** Writes a whole number ≥ 0 in decimal. */
export function writeNumber(out: Buffer, at: number, value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count++;
  const view = viewToWrite(out);
  let rest = value;
  let to = at + count;
  while (rest >= 10_000) {
    // Beyond 2^31 the bit operators would wrap; offsets of flooded files get there.
    const high = rest < 0x40000000 ? (rest / 10_000) | 0 : Math.floor(rest / 10_000);
    to -= 4;
    view.setInt32(to, quads[rest - high * 10_000] as number, true);
    rest = high;
  }
  do {
    const tenth = (rest / 10) | 0;
    out[--to] = rest - tenth * 10 + 0x30;
    rest = tenth;
  } while (rest > 0);
  return at + count;
}
