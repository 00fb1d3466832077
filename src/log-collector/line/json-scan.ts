/** What a pass over a JSON object found. */
export class JsonScan {
  /** Where the value of the first top-level level key begins; -1 without one. */
  levelAt = -1;
}

const maxDepth = 64;
const isObject = new Uint8Array(maxDepth);
const levelKeys = ['level', 'severity', 'lvl', 'log.level', 'levelname', 'loglevel'].map((key) => Buffer.from(key));

/**
 * Checks that `from`…`end` is exactly one JSON object (RFC 8259), without decoding it, so that its bytes may be copied
 * into our own JSON as they are: numbers keep every digit, members their order and their doubles.
 * UTF-8 is checked elsewhere. Nesting beyond 64 counts as "not JSON": the raw text is delivered in any case.
 */
export function scanJsonObject(scan: JsonScan, bytes: Buffer, from: number, end: number): boolean {
  scan.levelAt = -1;
  let depth = 0;
  let i = from;
  if (bytes[i] !== 0x7b) return false;
  // Each turn stands where a value is due, or where a container that has just been opened may close at once.
  value: for (;;) {
    i = skipBlank(bytes, i, end);
    if (i >= end) return false;
    const byte = bytes[i] as number;
    if (byte === 0x7b || byte === 0x5b) {
      if (depth === maxDepth) return false;
      isObject[depth++] = byte === 0x7b ? 1 : 0;
      i = skipBlank(bytes, i + 1, end);
      if (bytes[i] === (byte === 0x7b ? 0x7d : 0x5d) && i < end) {
        i++;
        depth--;
      } else {
        if (byte === 0x5b) continue;
        i = member(scan, bytes, i, end, depth);
        if (i === -1) return false;
        continue;
      }
    } else {
      i = byte === 0x22 ? skipString(bytes, i + 1, end) : skipScalar(bytes, i, end);
      if (i === -1) return false;
    }
    // A value has just ended: close what closes, then go on behind a comma.
    for (;;) {
      if (depth === 0) return skipBlank(bytes, i, end) === end;
      i = skipBlank(bytes, i, end);
      if (i >= end) return false;
      const inObject = isObject[depth - 1] === 1;
      if (bytes[i] === (inObject ? 0x7d : 0x5d)) {
        i++;
        depth--;
      } else if (bytes[i] === 0x2c) {
        i++;
        if (!inObject) continue value;
        i = member(scan, bytes, skipBlank(bytes, i, end), end, depth);
        if (i === -1) return false;
        continue value;
      } else {
        return false;
      }
    }
  }
}

/** Reads `"key" :` and returns where the value is due, or -1. */
function member(scan: JsonScan, bytes: Buffer, at: number, end: number, depth: number): number {
  if (at >= end || bytes[at] !== 0x22) return -1;
  const keyEnd = skipString(bytes, at + 1, end);
  if (keyEnd === -1) return -1;
  const colon = skipBlank(bytes, keyEnd, end);
  if (colon >= end || bytes[colon] !== 0x3a) return -1;
  if (depth === 1 && scan.levelAt === -1 && isLevelKey(bytes, at + 1, keyEnd - 1)) {
    scan.levelAt = skipBlank(bytes, colon + 1, end);
  }
  return colon + 1;
}

function isLevelKey(bytes: Buffer, from: number, end: number): boolean {
  next: for (const key of levelKeys) {
    if (key.length !== end - from) continue;
    for (let k = 0; k < key.length; k++) if (bytes[from + k] !== key[k]) continue next;
    return true;
  }
  return false;
}

function skipBlank(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const byte = bytes[i];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) break;
    i++;
  }
  return i;
}

/** Index behind the closing quote of a string whose opening quote lies before `from`, or -1. */
function skipString(bytes: Buffer, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x22) return i + 1;
    if (byte < 0x20) return -1;
    if (byte !== 0x5c) continue;
    i++;
    const escaped = bytes[i] as number;
    if (escaped === 0x75) {
      for (let k = 1; k <= 4; k++) if (!isHex(bytes[i + k] as number) || i + k >= end) return -1;
      i += 4;
    } else if (!'"\\/bfnrt'.includes(String.fromCharCode(escaped)) || i >= end) {
      return -1;
    }
  }
  return -1;
}

const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

function skipScalar(bytes: Buffer, from: number, end: number): number {
  next: for (const word of words) {
    if (bytes[from] !== word[0] || from + word.length > end) continue;
    for (let k = 1; k < word.length; k++) if (bytes[from + k] !== word[k]) continue next;
    return from + word.length;
  }
  return skipNumber(bytes, from, end);
}

function skipNumber(bytes: Buffer, from: number, end: number): number {
  let i = bytes[from] === 0x2d ? from + 1 : from;
  i = bytes[i] === 0x30 && i < end ? i + 1 : skipDigits(bytes, i, end);
  if (i !== -1 && i < end && bytes[i] === 0x2e) i = skipDigits(bytes, i + 1, end);
  if (i !== -1 && i < end && ((bytes[i] as number) | 0x20) === 0x65) {
    const sign = bytes[i + 1];
    i = skipDigits(bytes, sign === 0x2b || sign === 0x2d ? i + 2 : i + 1, end);
  }
  return i;
}

/** Index behind one or more digits, or -1 if there is none. */
function skipDigits(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] as number) >= 0x30 && (bytes[i] as number) <= 0x39) i++;
  return i === from ? -1 : i;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
