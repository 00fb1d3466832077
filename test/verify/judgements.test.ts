import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/verify/catalogue.ts';
import { categories } from '../../src/verify/categories.ts';
import { explain } from '../../src/verify/output/explain.ts';
import { findingLines } from '../../src/verify/output/finding-lines.ts';
import { requirements } from '../../src/verify/requirements.ts';
import { categoryOf } from '../../src/verify/run-checks.ts';
import { apiCases } from './judgements/api.ts';
import { cleanupCases } from './judgements/cleanup-job.ts';
import { logCollectorCases } from './judgements/log-collector.ts';
import type { Case } from './judgements/objects.ts';
import { redisCases } from './judgements/redis.ts';
import { wholeStackCases } from './judgements/whole-stack.ts';

const cases: readonly Case[] = [...redisCases, ...apiCases, ...logCollectorCases, ...cleanupCases, ...wholeStackCases];

for (const { id } of catalogue) {
  describe(id, () => {
    for (const { facts, outcome, status, says, progressing } of cases.filter((c) => c.id === id)) {
      test(`${facts}: ${status}`, () => {
        assert.equal(outcome.status, status);
        if (says !== undefined) assert.match(findingLines(outcome, 'en').join('\n'), says);
        if (progressing !== undefined)
          assert.equal(outcome.status === 'fail' && outcome.progressing === true, progressing);
        for (const language of ['en', 'zh'] as const) {
          // A placeholder that nobody filled would be left standing.
          for (const line of findingLines(outcome, language))
            assert.doesNotMatch(line, /\{(namespace|pod|name|seconds|n)\}/);
        }
      });
    }
  });
}

test('every check has facts that turn it green and facts that turn it red', () => {
  const lacking = catalogue
    .map(({ id }) => id)
    .filter((id) => !['pass', 'fail'].every((status) => cases.some((c) => c.id === id && c.status === status)));
  assert.deepEqual(lacking, []);
});

test('every tick box of the requirements has a check that can be red, and not only a disruptive one', () => {
  for (const requirement of Object.keys(requirements)) {
    const covering = catalogue.filter((check) => check.covers.some((id) => id === requirement));
    assert.notEqual(covering.length, 0, requirement);
    assert.ok(
      covering.some((check) => check.disruptive === undefined),
      `${requirement} is covered by disruptive checks only`,
    );
  }
});

test('ids are unique, belong to a category, stand in its order and are numbered without a gap', () => {
  const ids = catalogue.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    [...new Set(ids.map(categoryOf))],
    Object.keys(categories),
    'categories come in their order, each in one piece',
  );
  for (const category of Object.keys(categories)) {
    const numbers = ids
      .filter((id) => id.startsWith(category))
      .map((id) => Number(id.slice(2)))
      .sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      category,
    );
  }
});

test('in each category the fatal check comes first and what disturbs the stack last', () => {
  for (const category of Object.keys(categories)) {
    const own = catalogue.filter(({ id }) => id.startsWith(category));
    assert.equal(own.findLastIndex((check) => check.fatal === true) <= 0, true, category);
    const firstDisruptive = own.findIndex((check) => check.disruptive !== undefined);
    if (firstDisruptive >= 0)
      assert.ok(
        own.slice(firstDisruptive).every((check) => check.disruptive !== undefined),
        category,
      );
  }
});

test('every check is explained in both languages, and the Chinese is Chinese', () => {
  for (const check of catalogue) {
    assert.match(explain(check, 'en'), /How it is proved/);
    for (const text of [check.title, check.proves, ...(check.disruptive === undefined ? [] : [check.disruptive])]) {
      assert.match(text.zh, /\p{Script=Han}/u, check.id);
      assert.doesNotMatch(text.en, /\p{Script=Han}/u, check.id);
      assert.doesNotMatch(text.zh, /您|秘密/, check.id);
    }
  }
});
