import { JsonScan, scanJsonObject } from './json-scan.ts';

/** Severities from least to worst; index 0 means "none found". */
export const levelNames = ['', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** What kind of text a line turned out to be. */
const textFormats = ['text', 'json', 'logfmt', 'klog'] as const;
export type TextFormat = (typeof textFormats)[number];

/** The result of {@link recognise}; one object, used again for every line. */
export class Recognised {
  format: TextFormat = 'text';
  /** Index into {@link levelNames}. */
  level = 0;
  readonly json = new JsonScan();
}

/**
 * Finds out what a text is and how severe it says it is, by its bytes alone.
 *
 * @param levelAt where a pass before this one saw the value of a `level=` key; -1 if nowhere.
 */
export function recognise(found: Recognised, bytes: Buffer, from: number, end: number, levelAt: number): void {
  found.level = 0;
  found.format = 'text';
  const first = bytes[from];
  if (first === 0x7b && from < end) {
    if (!scanJsonObject(found.json, bytes, from, end)) return;
    found.format = 'json';
    if (found.json.levelAt !== -1) found.level = levelOfValue(bytes, found.json.levelAt, end);
  } else if (levelAt !== -1 && levelAt < end) {
    found.format = 'logfmt';
    found.level = levelOfValue(bytes, levelAt, end);
  } else if (isKlog(bytes, from, end)) {
    found.format = 'klog';
    found.level = first === 0x49 ? 3 : first === 0x57 ? 4 : first === 0x45 ? 5 : 6;
  } else {
    found.level = levelInText(bytes, from, end);
  }
}

/** klog: `I1125 06:19:56.224394       1 file.go:12] text`, severity and date glued together. */
function isKlog(bytes: Buffer, from: number, end: number): boolean {
  const first = bytes[from];
  if (end - from < 21 || (first !== 0x49 && first !== 0x57 && first !== 0x45 && first !== 0x46)) return false;
  for (let i = from + 1; i < from + 5; i++)
    if ((bytes[i] as number) < 0x30 || (bytes[i] as number) > 0x39) return false;
  return bytes[from + 5] === 0x20 && bytes[from + 8] === 0x3a && bytes[from + 11] === 0x3a && bytes[from + 14] === 0x2e;
}

/** The level a value states: a word in any case, quoted or not, or a number as pino and bunyan write it (10 … 60). */
function levelOfValue(bytes: Buffer, at: number, end: number): number {
  let i = bytes[at] === 0x22 ? at + 1 : at;
  const first = bytes[i] as number;
  if (first >= 0x30 && first <= 0x39) {
    let number = 0;
    for (; i < end && (bytes[i] as number) >= 0x30 && (bytes[i] as number) <= 0x39 && number < 1_000; i++) {
      number = number * 10 + (bytes[i] as number) - 0x30;
    }
    return number >= 10 && number < 70 ? Math.floor(number / 10) : 0;
  }
  return levelOfWord(bytes, i, wordEnd(bytes, i, end));
}

function wordEnd(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && isLetter(bytes[i] as number)) i++;
  return i;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** The words in use, by their first three letters: slog, zap, logrus, log4j, Python, Rust, syslog. */
const known = new Map<number, ReadonlyArray<readonly [word: Buffer, level: number]>>();
const vocabulary = {
  1: ['trace', 'trc', 'finest', 'verbose'],
  2: ['debug', 'dbg', 'fine'],
  3: ['info', 'inf', 'information', 'notice'],
  4: ['warn', 'warning', 'wrn'],
  5: ['error', 'err', 'severe'],
  6: ['fatal', 'critical', 'crit', 'panic', 'dpanic', 'alert', 'emerg', 'emergency'],
} as const;
for (const [level, words] of Object.entries(vocabulary)) {
  for (const word of words) {
    const bytes = Buffer.from(word);
    const key = keyOf(bytes, 0);
    known.set(key, [...(known.get(key) ?? []), [bytes, Number(level)]]);
  }
}

function keyOf(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) | 0x20) << 16) |
    (((bytes[at + 1] as number) | 0x20) << 8) |
    ((bytes[at + 2] as number) | 0x20)
  );
}

/** Level of the whole word `from`…`end` in any case, 0 if it is none. */
function levelOfWord(bytes: Buffer, from: number, end: number): number {
  if (end - from < 3 || end - from > 11) return 0;
  const candidates = known.get(keyOf(bytes, from));
  if (candidates === undefined) return 0;
  next: for (const [word, level] of candidates) {
    if (word.length !== end - from) continue;
    for (let k = 3; k < word.length; k++) if (((bytes[from + k] as number) | 0x20) !== word[k]) continue next;
    return level;
  }
  return 0;
}

/** How far into free text a level may stand: behind a date, a thread name, a bracket; not in the prose. */
const textReach = 64;

/** A level in free text counts only as a whole word in capitals: `ERROR x`, `[WARN] y`, `2026-… INFO z`. */
function levelInText(bytes: Buffer, from: number, end: number): number {
  const limit = Math.min(end, from + textReach);
  let i = from;
  while (i < limit) {
    const start = i;
    let capitals = true;
    while (i < end && isWord(bytes[i] as number)) {
      capitals &&= isCapital(bytes[i] as number);
      i++;
    }
    if (capitals && i - start >= 3) {
      const level = levelOfWord(bytes, start, i);
      if (level !== 0) return level;
    }
    i++;
  }
  return 0;
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isWord(byte: number): boolean {
  return isLetter(byte) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39);
}
