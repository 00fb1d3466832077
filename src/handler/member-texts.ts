/** One member of a JSON object as it was written. */
export interface MemberText {
  readonly name: string;
  /** Source text of the value, without the white space around it. */
  readonly text: string;
}

/**
 * The members of a JSON object with the exact source text of their values, in order, duplicates included.
 *
 * What is stored for a client must be what it sent. Going through JavaScript values would turn 12345678901234567890
 * into 12345678901234567000, 1e400 into null and -0 into 0, and drop all but the last of two equal names.
 *
 * @param text must be a JSON object that `JSON.parse` has accepted: the scan only finds boundaries, it checks nothing.
 */
export function memberTexts(text: string): MemberText[] {
  const members: MemberText[] = [];
  let at = skipSpace(text, 0) + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] === '}') return members;
    if (text[at] === ',') at = skipSpace(text, at + 1);
    const nameEnd = skipString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    at = skipValue(text, start);
    members.push({ name, text: text.slice(start, at) });
  }
}

const quote = 0x22;
const backslash = 0x5c;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** @param from index of the opening quote. @returns index after the closing one. */
function skipString(text: string, from: number): number {
  let at = from + 1;
  for (; text.charCodeAt(at) !== quote; at++) if (text.charCodeAt(at) === backslash) at++;
  return at + 1;
}

function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return skipString(text, from);
  let at = from;
  if (!opens(first)) {
    while (!ends(text.charCodeAt(at))) at++;
    return at;
  }
  let depth = 0;
  do {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = skipString(text, at);
      continue;
    }
    if (opens(code)) depth++;
    else if (closes(code)) depth--;
    at++;
  } while (depth > 0);
  return at;
}

const opens = (code: number): boolean => code === 0x7b || code === 0x5b;
const closes = (code: number): boolean => code === 0x7d || code === 0x5d;
/** A number, true, false or null ends at a comma, a closing bracket or white space. */
const ends = (code: number): boolean => code === 0x2c || closes(code) || isSpace(code) || Number.isNaN(code);
