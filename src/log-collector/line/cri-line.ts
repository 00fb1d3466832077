/** The two streams of a container, and where lines go that name none. Also the index of per-stream state. */
export const streamNames = ['stdout', 'stderr', 'unknown'] as const;
export type StreamIndex = 0 | 1 | 2;
export const unknownStream = 2;

/** Where the parts of a CRI line lie. */
export class CriHeader {
  timeEnd = 0;
  stream: StreamIndex = 0;
  partial = false;
  textStart = 0;
}

const space = 0x20;
const colon = 0x3a;

/**
 * Reads `<RFC3339Nano> <stdout|stderr> <P|F>[:tags] ` at `from` (containerd `internal/cri/io/logger.go`).
 * Nothing is trusted: the time's every digit is looked at, since a half-written line once sent a collector into a
 * crash loop (VictoriaLogs#1217). The zone may be an offset (opentelemetry-collector-contrib#51284), the fraction
 * any number of digits, and CRI-O may end a line right behind `F` (containers/conmon#629).
 *
 * @returns whether it is one; `header` is meaningful only then.
 */
export function parseCriHeader(header: CriHeader, bytes: Buffer, from: number, limit: number): boolean {
  const timeEnd = skipTime(bytes, from, limit);
  if (timeEnd === -1 || bytes[timeEnd] !== space || timeEnd + 9 > limit) return false;
  const s = timeEnd + 1;
  if (bytes[s] !== 0x73 || bytes[s + 1] !== 0x74 || bytes[s + 2] !== 0x64 || bytes[s + 6] !== space) return false;
  if (bytes[s + 3] === 0x6f && bytes[s + 4] === 0x75 && bytes[s + 5] === 0x74) header.stream = 0;
  else if (bytes[s + 3] === 0x65 && bytes[s + 4] === 0x72 && bytes[s + 5] === 0x72) header.stream = 1;
  else return false;
  const tag = bytes[s + 7];
  if (tag !== 0x46 && tag !== 0x50) return false;
  header.partial = tag === 0x50;
  header.timeEnd = timeEnd;
  let t = s + 8;
  if (bytes[t] === colon) while (t < limit && bytes[t] !== space && bytes[t] !== 0x0a) t++;
  if (t < limit && bytes[t] === space) header.textStart = t + 1;
  else if (t === limit || bytes[t] === 0x0a) header.textStart = t;
  else return false;
  return true;
}

/** Index behind an RFC 3339 time at `from`, or -1. */
export function skipTime(bytes: Buffer, from: number, limit: number): number {
  if (from + 20 > limit) return -1;
  // Added up without a branch: each of the fourteen digits contributes a negative number if it is none.
  const wrong =
    nine(bytes, from) |
    nine(bytes, from + 1) |
    nine(bytes, from + 2) |
    nine(bytes, from + 3) |
    nine(bytes, from + 5) |
    nine(bytes, from + 6) |
    nine(bytes, from + 8) |
    nine(bytes, from + 9) |
    nine(bytes, from + 11) |
    nine(bytes, from + 12) |
    nine(bytes, from + 14) |
    nine(bytes, from + 15) |
    nine(bytes, from + 17) |
    nine(bytes, from + 18);
  if (
    wrong < 0 ||
    bytes[from + 4] !== 0x2d ||
    bytes[from + 7] !== 0x2d ||
    bytes[from + 10] !== 0x54 ||
    bytes[from + 13] !== colon ||
    bytes[from + 16] !== colon
  ) {
    return -1;
  }
  let i = from + 19;
  if (bytes[i] === 0x2e) {
    const first = ++i;
    while (i < limit && isDigit(bytes[i] as number)) i++;
    if (i === first) return -1;
  }
  if (bytes[i] === 0x5a) return i + 1;
  if (bytes[i] !== 0x2b && bytes[i] !== 0x2d) return -1;
  if (i + 6 > limit || !digits(bytes, i + 1, 2) || bytes[i + 3] !== colon || !digits(bytes, i + 4, 2)) return -1;
  return i + 6;
}

/** How far the digit at `at` is from nine; negative if it is no digit. */
function nine(bytes: Buffer, at: number): number {
  return 9 - ((bytes[at] as number) ^ 0x30);
}

function digits(bytes: Buffer, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (!isDigit(bytes[i] as number)) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
