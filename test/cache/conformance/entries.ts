import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { etagOf } from '../../../src/cache/etag.ts';
import { until } from '../../support/until.ts';
import { fresh, json, listAll, type Subject } from '../support/subject.ts';

/** Keys that have broken other stores, parsers and objects. */
export const hostileKeys = [
  '/',
  '%',
  '%2F',
  '#',
  '?',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '*',
  'a*',
  '[abc]',
  '\\',
  '\\*',
  ' ',
  ' leading',
  'trailing ',
  'a b',
  'a+b',
  '\n',
  'line\r\nbreak',
  'nul\0byte',
  '{07}',
  '{meta}:cleanup:runs',
  'a:b',
  '-',
  '(',
  '[',
  '+',
  '"quoted"',
  "it's",
  '; DROP TABLE entries; --',
  'ключ',
  '键',
  '🚀',
  '👩‍👩‍👧‍👦',
  'e\u0301',
  'é',
  '\u{fffd}',
  '\u{ffff}',
  '\u{10000}',
  '\u{10ffff}',
  '\u{10ffff}\u{10ffff}',
  '\ud7ff',
  '\ue000',
  'k'.repeat(1024),
  '键'.repeat(341),
];

export function entriesConformance(subject: Subject): void {
  const { name } = subject;

  test(`${name}: an absent key is undefined, and deleting it says so`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    assert.equal(await ground.store.get('nope'), undefined);
    assert.equal(await ground.store.delete('nope'), 'not-found');
  });

  test(`${name}: a value comes back byte for byte`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const values = ['0', 'null', '""', ' { "a" : [1, 2] } ', '"\\u0000"', '"🚀"', `"${'x'.repeat(1 << 20)}"`];
    for (const [i, text] of values.entries()) {
      const value = Buffer.from(text);
      await store.put({ key: `v${i}`, value, ttlMs: 'never' });
      const entry = (await store.get(`v${i}`)) ?? assert.fail();
      assert.ok(entry.value.equals(value), text.slice(0, 30));
      assert.equal(entry.bytes, value.length);
      assert.equal(entry.etag, etagOf(value));
    }
  });

  test(`${name}: hostile keys are ordinary keys`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    for (const key of hostileKeys) {
      assert.equal((await store.put({ key, value: json(key), ttlMs: 60_000 })).outcome, 'created', key);
    }
    for (const key of hostileKeys) {
      const entry = (await store.get(key)) ?? assert.fail();
      assert.equal(entry.key, key);
      assert.deepEqual(entry.value, json(key));
    }
    assert.equal((await listAll(store)).length, hostileKeys.length);
    for (const key of hostileKeys) assert.equal(await store.delete(key), 'deleted', key);
    assert.deepEqual(await listAll(store), []);
  });

  test(`${name}: a key that is not well-formed Unicode is refused, since it would become another one`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    await assert.rejects(store.get('\ud800'), TypeError);
    await assert.rejects(store.put({ key: 'a\udfff', value: json(1), ttlMs: 'never' }), TypeError);
    await assert.rejects(store.delete('\ud800'), TypeError);
    assert.equal(await store.get('\ufffd'), undefined);
  });

  test(`${name}: put says created or updated; equal bytes keep the tag and renew updatedAt`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const before = Date.now();
    const first = await store.put({ key: 'k', value: json(1), ttlMs: 'never' });
    assert.equal(first.outcome, 'created');
    assert.ok(Math.abs(first.entry.updatedAt - before) < 5_000);
    const again = await until('a later millisecond', async () => {
      const result = await store.put({ key: 'k', value: json(1), ttlMs: 'never' });
      assert.equal(result.outcome, 'updated');
      return result.entry.updatedAt > first.entry.updatedAt && result.entry;
    });
    assert.equal(again.etag, first.entry.etag);
    assert.equal((await store.get('k'))?.updatedAt, again.updatedAt);
    const other = await store.put({ key: 'k', value: json(2), ttlMs: 'never' });
    assert.ok(other.outcome === 'updated' && other.entry.etag !== first.entry.etag);
  });

  test(`${name}: what put, get and list say of an entry agrees`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    for (const ttlMs of ['never', 60_000] as const) {
      const result = await store.put({ key: 'k', value: json([1]), ttlMs });
      assert.ok(result.outcome !== 'precondition-failed');
      const { value, ttlLeftMs, ...summary } = (await store.get('k')) ?? assert.fail();
      assert.deepEqual(summary, result.entry);
      assert.deepEqual((await store.list({ prefix: '', limit: 10 })).entries, [result.entry]);
      assert.deepEqual(value, json([1]));
      if (ttlMs === 'never') assert.equal(ttlLeftMs, undefined);
      else assert.ok(ttlLeftMs !== undefined && ttlLeftMs > 30_000 && ttlLeftMs <= 60_000, String(ttlLeftMs));
    }
  });

  test(`${name}: ttl as a number sets, keep keeps, never removes the expiry`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const put = async (ttlMs: number | 'keep' | 'never') => {
      const result = await store.put({ key: 'k', value: json(1), ttlMs });
      return result.outcome === 'precondition-failed' ? assert.fail() : result.entry.expiresAt;
    };
    assert.equal(await put('keep'), undefined, 'nothing to keep yet');
    const at = await put(100_000);
    assert.ok(at !== undefined && Math.abs(at - Date.now() - 100_000) < 10_000);
    assert.equal(await put('keep'), at);
    assert.equal((await store.get('k'))?.expiresAt, at);
    assert.equal(await put('never'), undefined);
    assert.equal((await store.get('k'))?.ttlLeftMs, undefined);
    assert.equal(await put('keep'), undefined);
    const far = await put(1e12);
    assert.ok(far !== undefined && far > 1e12);
  });

  test(`${name}: an expired entry is gone at once for every method`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const expire = async () => {
      await store.put({ key: 'k', value: json(1), ttlMs: 20 });
      await until('expiry', async () => (await store.get('k')) === undefined);
    };
    await expire();
    assert.deepEqual((await store.list({ prefix: '', limit: 10 })).entries, []);
    assert.equal(await store.delete('k'), 'not-found');
    await expire();
    const again = await store.put({ key: 'k', value: json(1), ttlMs: 'keep' });
    assert.ok(again.outcome === 'created' && again.entry.expiresAt === undefined, 'keep keeps nothing of the dead');
    assert.notEqual(await store.get('k'), undefined);
  });

  for (const ttlMs of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    test(`${name}: a ttl of ${ttlMs} is refused and nothing is written`, async (t) => {
      const ground = await fresh(t, subject);
      if (ground === undefined) return;
      await assert.rejects(ground.store.put({ key: 'k', value: json(1), ttlMs }), RangeError);
      assert.equal(await ground.store.get('k'), undefined);
    });
  }

  test(`${name}: an empty value is refused`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    await assert.rejects(ground.store.put({ key: 'k', value: Buffer.alloc(0), ttlMs: 'never' }), TypeError);
  });

  test(`${name}: any sequence of puts and deletes ends as it does in a Map`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const key = fc.constantFrom('a', 'b', 'ab', 'c🚀', 'c\uffff', '__proto__');
    const step = fc.oneof(
      fc.record({ put: key, value: fc.jsonValue().map(json) }),
      fc.record({ delete: key }),
      fc.record({ get: key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        for (const left of await listAll(store)) await store.delete(left);
        const model = new Map<string, Buffer>();
        for (const s of steps) {
          if ('put' in s) {
            const result = await store.put({ key: s.put, value: s.value, ttlMs: 'never' });
            assert.equal(result.outcome, model.has(s.put) ? 'updated' : 'created');
            model.set(s.put, s.value);
          } else if ('delete' in s) {
            assert.equal(await store.delete(s.delete), model.delete(s.delete) ? 'deleted' : 'not-found');
          } else {
            assert.deepEqual((await store.get(s.get))?.value, model.get(s.get));
          }
        }
        assert.deepEqual(new Set(await listAll(store, { limit: 2 })), new Set(model.keys()));
      }),
      { numRuns: 30 },
    );
  });
}
