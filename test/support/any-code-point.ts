import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/**
 * For `fc.string({ unit: anyCodePoint })`: every code point but the surrogates, as `unit: 'binary'` has them, without the
 * table of all million that fast-check makes for that one in every process, which takes it a second or two.
 */
export const anyCodePoint = fc.nat({ max: 0x10ffff - surrogates.count }).map(
  (n) => String.fromCodePoint(n < surrogates.first ? n : n + surrogates.count),
  (text) => {
    const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== text) throw new Error('not one code point');
    return point < surrogates.first ? point : point - surrogates.count;
  },
);
