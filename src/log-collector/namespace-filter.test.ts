import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFilteredOut } from './namespace-filter.ts';

for (const [include, exclude, left] of [
  [[], [], ['a', 'b', 'c']],
  [['a', 'b'], [], ['a', 'b']],
  [[], ['b'], ['a', 'c']],
  [['a', 'b'], ['b'], ['a']],
] as const) {
  test(`include [${include}], exclude [${exclude}] leaves ${left}`, () => {
    const filter = { includeNamespaces: include, excludeNamespaces: exclude };
    assert.deepEqual(
      ['a', 'b', 'c'].filter((namespace) => !isFilteredOut(filter, { namespace })),
      left,
    );
  });
}
