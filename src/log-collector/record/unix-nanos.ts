import { ConstantBytes, viewToWrite } from './byte-copy.ts';

const asWritten = 19;
const zero = 0x30;

/** The second written last, with its zone, and what became of it: thousands of lines in a row share one. */
const known = Buffer.alloc(asWritten + 6);
let knownLength = 0;
/** Seconds since the epoch in decimal; empty for a time that is worth no more than none. */
let knownSeconds = new ConstantBytes('');
/** The same in nanoseconds, the upper and the lower 32 bits; zero for none. */
let knownHigh = 0;
let knownLow = 0;

/** Nanoseconds beyond this are none: that is the year 2262, and what those who read them keep in a signed integer. */
const maxSeconds = 2 ** 63 / 1e9;

/**
 * Writes an RFC 3339 time as nanoseconds since the epoch, in decimal (a number would lose the last three digits), and
 * returns where they end; up to three bytes behind may be overwritten. The time must have passed `skipTime`.
 */
export function writeUnixNanos(out: Buffer, at: number, time: Buffer, from: number, end: number): number {
  const zoneAt = lookUp(time, from, end);
  if (knownSeconds.length === 0) {
    out[at] = zero;
    return at + 1;
  }
  let to = knownSeconds.write(out, at);
  const fraction = from + asWritten + 1;
  for (let i = fraction; i < fraction + 9; i++) out[to++] = i < zoneAt ? (time[i] as number) : zero;
  return to;
}

/** The same as eight bytes, the lowest first; 0 stands for no time. */
export function writeUnixNanosFixed64(out: Buffer, at: number, time: Buffer, from: number, end: number): number {
  const zoneAt = lookUp(time, from, end);
  let fraction = 0;
  if (knownSeconds.length > 0) {
    const first = from + asWritten + 1;
    for (let i = first; i < first + 9; i++) fraction = fraction * 10 + (i < zoneAt ? (time[i] as number) - zero : 0);
  }
  const low = knownLow + fraction;
  const view = viewToWrite(out);
  view.setUint32(at, low, true);
  view.setUint32(at + 4, low < 2 ** 32 ? knownHigh : knownHigh + 1, true);
  return at + 8;
}

/** Makes the time's second the known one; returns where its zone begins. */
function lookUp(time: Buffer, from: number, end: number): number {
  const zoneAt = time[end - 1] === 0x5a ? end - 1 : end - 6;
  if (!isKnown(time, from, zoneAt, end)) learn(time, from, zoneAt, end);
  return zoneAt;
}

function isKnown(time: Buffer, from: number, zoneAt: number, end: number): boolean {
  if (asWritten + end - zoneAt !== knownLength) return false;
  // From its end: that is where the next second differs.
  for (let i = asWritten - 1; i >= 0; i--) if (time[from + i] !== known[i]) return false;
  for (let i = zoneAt; i < end; i++) if (time[i] !== known[asWritten + i - zoneAt]) return false;
  return true;
}

function learn(time: Buffer, from: number, zoneAt: number, end: number): void {
  time.copy(known, 0, from, from + asWritten);
  knownLength = asWritten + time.copy(known, asWritten, zoneAt, end);
  const seconds = Date.parse(known.toString('latin1', 0, knownLength)) / 1_000;
  // A zone of +99:00 passes as digits; such a time is worth no more than none, and so is one before the epoch.
  const isTime = seconds >= 0 && seconds + 1 < maxSeconds;
  knownSeconds = new ConstantBytes(isTime ? String(seconds) : '');
  const nanos = isTime ? BigInt(seconds) * 1_000_000_000n : 0n;
  knownHigh = Number(nanos >> 32n);
  knownLow = Number(nanos & 0xffff_ffffn);
}
