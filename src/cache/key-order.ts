/**
 * Keys are ordered by their UTF-8 bytes, which is the order of their code points. JavaScript's `<` compares UTF-16
 * units, where U+FFFF sorts after the astral U+10000 (a surrogate pair); so neither `<` nor `sort()` will do.
 *
 * @returns negative, zero or positive, as for `Array.prototype.sort`.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for code points above all others, behind the rest of the units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * The first key after all that begin with `prefix`, in {@link compareKeys} order.
 * @returns `undefined` when there is none: the prefix is empty or all U+10FFFF.
 */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // U+D800 to U+DFFF are not code points of any character.
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
