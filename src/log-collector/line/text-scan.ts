import { copyFrom } from '../record/byte-copy.ts';

/** What one pass over a line's text found out: its end, and whatever the encoder and the level finder need. */
export class TextScan {
  /** Index of the newline, or the limit. */
  end = 0;
  /** Whether a newline was found before the limit. */
  closed = false;
  /** Whether any byte is above 0x7F, so that the text needs a UTF-8 check. */
  nonAscii = false;
  /** How many bytes need a JSON escape; more than `specials` holds means "look again". */
  specialCount = 0;
  readonly specials = new Int32Array(128);
  /** The buffer {@link attach}ed, and its bytes four at a time. */
  bytes: Buffer | undefined;
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Index just behind the first `level=`, `lvl=` or `severity=`; -1 without one. */
  levelAt = -1;

  /** Prepares for many scans of one buffer. */
  attach(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = copyFrom(bytes);
  }
}

const newline = 1;
const special = 2;
const high = 3;
const equals = 4;

/** Class of each byte; 0 is the ordinary one, so that the loop below asks one question a byte. */
const classOf = new Uint8Array(256);
classOf.fill(special, 0, 0x20);
classOf.fill(high, 0x80);
classOf[0x0a] = newline;
classOf[0x22] = special;
classOf[0x5c] = special;
classOf[0x3d] = equals;

/**
 * Walks the text of one line once. Finding the newline, the bytes to escape and the level in a single pass is what
 * keeps a line below a microsecond: `indexOf` and a second and third look cost more than the bytes themselves.
 */
export function scanText(scan: TextScan, bytes: Buffer, from: number, limit: number): void {
  let i = from;
  let count = 0;
  let nonAscii = false;
  scan.levelAt = -1;
  scan.closed = false;
  const specials = scan.specials;
  const view = scan.view;
  // The last index at which a whole word may be looked at; none in a buffer that is not attached.
  const lastWord = bytes === scan.bytes ? limit - 4 : -1;
  // A level that has been found needs no further `=`; the quote is looked for in any case.
  let key = 0x3d3d3d3d;
  for (; i < limit; i++) {
    // Skips ordinary bytes four at a time: the arithmetic sets a byte's top bit if it is below 0x20, `"`, `\`, `=`
    // or above 0x7F (a borrow may also mark the byte behind such a one, which only costs a look).
    while (i <= lastWord) {
      const word = view.getInt32(i, true);
      const marks =
        (word - 0x20202020) |
        ((word ^ 0x22222222) - 0x01010101) |
        ((word ^ 0x5c5c5c5c) - 0x01010101) |
        ((word ^ key) - 0x01010101) |
        word;
      const found = marks & 0x80808080;
      if (found !== 0) {
        i += (31 - Math.clz32(found & -found)) >> 3;
        break;
      }
      i += 4;
    }
    if (i >= limit) break;
    const kind = classOf[bytes[i] as number] as number;
    if (kind === 0) continue;
    if (kind === high) {
      nonAscii = true;
    } else if (kind === special) {
      // Writing past a typed array's end is a no-op, so the count alone tells of an overflow.
      specials[count++] = i;
    } else if (kind === newline) {
      scan.closed = true;
      break;
    } else if (scan.levelAt === -1 && isLevelKey(bytes, from, i)) {
      scan.levelAt = i + 1;
      key = 0x22222222;
    }
  }
  scan.end = i;
  scan.specialCount = count;
  scan.nonAscii = nonAscii;
}

const levelKeys = ['level', 'lvl', 'severity'].map((word) => Buffer.from(word));

/** Whether the word that ends before `equalsAt` is a logfmt key for the level, at the start or behind a blank. */
function isLevelKey(bytes: Buffer, from: number, equalsAt: number): boolean {
  const last = bytes[equalsAt - 1];
  if (last !== 0x6c && last !== 0x79) return false;
  next: for (const key of levelKeys) {
    const start = equalsAt - key.length;
    if (start < from) continue;
    for (let k = 0; k < key.length; k++) if (bytes[start + k] !== key[k]) continue next;
    const before = bytes[start - 1];
    if (start === from || before === 0x20 || before === 0x09) return true;
  }
  return false;
}
