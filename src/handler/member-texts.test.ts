import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCodePoint } from '../../test/support/any-code-point.ts';
import { memberTexts } from './member-texts.ts';

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const number = fc.oneof(
  fc.constantFrom('12345678901234567890', '1e400', '-0', '1.0', '0.1e-7', '1E+2', '-1.50'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
);
const string = fc.oneof(
  fc.string({ unit: anyCodePoint }).map((s) => JSON.stringify(s)),
  fc.constantFrom('"\\ud800"', '"\\u0041"', '"\\\\"', '"\\""', '"{"', '"}]"', '"a,b"'),
);

/** JSON texts with white space, odd numbers, escapes and repeated names, which no serialiser would produce. */
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('true', 'false', 'null'),
    number,
    string,
    fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
      .map((items) => `[${items.map((i) => i.join('')).join(',')}]`),
    fc
      .array(fc.tuple(space, string, space, space, tie('value'), space), { maxLength: 4 })
      .map((members) => `{${members.map(([a, name, b, c, v, d]) => `${a}${name}${b}:${c}${v}${d}`).join(',')}}`),
  ),
}));

test('every value of an object is found exactly as it was written', () => {
  const member = fc.record({ name: string, before: space, colon: space, after: space, value, end: space });
  fc.assert(
    fc.property(space, fc.array(member, { maxLength: 5 }), space, (lead, members, trail) => {
      const body = members.map((m) => `${m.before}${m.name}${m.colon}:${m.after}${m.value}${m.end}`).join(',');
      const text = `${lead}{${body}}${trail}`;
      JSON.parse(text); // the precondition
      assert.deepEqual(
        memberTexts(text),
        members.map((m) => ({ name: JSON.parse(m.name), text: m.value })),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('an empty object has no members', () => {
  assert.deepEqual(memberTexts(' {\n} '), []);
});
