import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../support/until.ts';
import { fresh, inByteOrder, json, listAll, putAll, type Subject } from '../support/subject.ts';
import { hostileKeys } from './entries.ts';

const numbered = (count: number, prefix = 'key-') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

export function listingConformance(subject: Subject): void {
  const { name } = subject;

  test(`${name}: an empty store lists nothing`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    assert.deepEqual(await ground.store.list({ prefix: '', limit: 10 }), { entries: [], next: undefined });
  });

  test(`${name}: keys come in the order of their UTF-8 bytes, whatever the page size`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    await putAll(ground.store, hostileKeys);
    for (const limit of [1, 2, 7, hostileKeys.length, 1000]) {
      assert.deepEqual(await listAll(ground.store, { limit }), inByteOrder(hostileKeys), `pages of ${limit}`);
    }
  });

  test(`${name}: next is undefined exactly on the last page`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    await putAll(store, numbered(40));
    const whole = await store.list({ prefix: '', limit: 40 });
    assert.deepEqual([whole.entries.length, whole.next], [40, undefined]);
    const first = await store.list({ prefix: '', limit: 39 });
    assert.deepEqual([first.entries.length, first.next], [39, first.entries.at(-1)?.key]);
    const last = await store.list({ prefix: '', limit: 39, after: first.next ?? '' });
    assert.deepEqual([last.entries.length, last.next], [1, undefined]);
  });

  test(`${name}: a prefix means itself, glob and range characters included`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const prefixes = ['a', 'a*', 'a[', 'a?', 'a\\', 'a%', 'a_', '(', '[', '+', '-', 'é', '🚀', '\u{10ffff}', '\ud7ff'];
    const keys = prefixes.flatMap((prefix) => [prefix, `${prefix}1`, `${prefix}\u{10ffff}`, `${prefix}\u{ffff}z`]);
    const all = [...new Set(keys)];
    await putAll(ground.store, all);
    for (const prefix of [...prefixes, '', 'zzz', 'a1']) {
      const expected = inByteOrder(all.filter((key) => key.startsWith(prefix)));
      assert.deepEqual(await listAll(ground.store, { prefix, limit: 3 }), expected, `prefix ${prefix}`);
    }
  });

  test(`${name}: a listing goes on after a key that is no longer there, or never was in the prefix`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    await putAll(store, ['a', 'b', 'c', 'd']);
    await store.delete('b');
    const list = async (after: string, prefix = '') =>
      (await store.list({ prefix, limit: 10, after })).entries.map((entry) => entry.key);
    assert.deepEqual(await list('b'), ['c', 'd']);
    assert.deepEqual(await list('bb'), ['c', 'd']);
    assert.deepEqual(await list('d'), []);
    assert.deepEqual(await list('a', 'c'), ['c']);
    assert.deepEqual(await list('x', 'c'), []);
  });

  test(`${name}: expired entries neither show nor shorten a page`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const dying = numbered(300, 'dying-');
    await putAll(store, ['a', 'dying-150-alive', 'z', ...numbered(20, 'living-')]);
    await Promise.all(dying.map((key) => store.put({ key, value: json(1), ttlMs: 20 })));
    await until('expiry', async () => (await Promise.all(dying.map((key) => store.get(key)))).every((e) => !e));
    const page = await store.list({ prefix: '', limit: 5 });
    assert.deepEqual(
      page.entries.map((entry) => entry.key),
      ['a', 'dying-150-alive', 'living-0', 'living-1', 'living-10'],
    );
    assert.equal((await listAll(store, { limit: 5 })).length, 23);
    assert.deepEqual(await store.list({ prefix: 'dying-2', limit: 5 }), { entries: [], next: undefined });
  });

  test(`${name}: a key that is there throughout shows exactly once while others come and go`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    const staying = numbered(200, 'stay-');
    const going = numbered(200, 's');
    await putAll(store, [...staying, ...going]);
    const seen: string[] = [];
    let after: string | undefined;
    let turn = 0;
    do {
      const page = await store.list({ prefix: '', limit: 7, ...(after === undefined ? {} : { after }) });
      seen.push(...page.entries.map((entry) => entry.key));
      after = page.next;
      // Between any two pages: the page's own last key, some before and some after it go; new ones come.
      for (const key of [after ?? '', ...going.splice(0, 9)]) if (!staying.includes(key)) await store.delete(key);
      await putAll(store, numbered(3, `stay-new-${turn++}-`));
    } while (after !== undefined);
    assert.deepEqual(
      seen.filter((key) => staying.includes(key)),
      inByteOrder(staying),
    );
    assert.deepEqual(seen, inByteOrder([...new Set(seen)]));
  });

  // Writing them is the slow part, so that a person who runs the tests gets fewer.
  const many = process.env['CI'] === 'true' && subject.few !== true ? 100_000 : 4_000;
  test(`${name}: ${many} keys page out each once and in order`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const keys = Array.from({ length: many }, (_, i) => `${(i * 7919) % 100_003}-键`);
    await putAll(ground.store, keys);
    const listed = await listAll(ground.store, { limit: many / 20 });
    assert.equal(listed.length, keys.length);
    assert.deepEqual(listed, inByteOrder(keys));
  });
}
