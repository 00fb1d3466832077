import assert from 'node:assert/strict';
import test from 'node:test';
import type { Precondition } from '../../../src/cache/cache.ts';
import { etagOf } from '../../../src/cache/etag.ts';
import { until } from '../../support/until.ts';
import { another, fresh, json, type Subject } from '../support/subject.ts';

const tag = etagOf(json('here'));
const other = etagOf(json('elsewhere'));

/** RFC 9110 §13.1.1 and §13.1.2: does it hold when the entry is present with `tag`, and when there is none? */
const table: readonly (readonly [Precondition, { readonly present: boolean; readonly absent: boolean }])[] = [
  [{}, { present: true, absent: true }],
  [{ ifMatch: '*' }, { present: true, absent: false }],
  [{ ifMatch: [tag] }, { present: true, absent: false }],
  [{ ifMatch: [other, tag] }, { present: true, absent: false }],
  [{ ifMatch: [other] }, { present: false, absent: false }],
  [{ ifMatch: [] }, { present: false, absent: false }],
  [{ ifNoneMatch: '*' }, { present: false, absent: true }],
  [{ ifNoneMatch: [tag] }, { present: false, absent: true }],
  [{ ifNoneMatch: [other, tag] }, { present: false, absent: true }],
  [{ ifNoneMatch: [other] }, { present: true, absent: true }],
  [{ ifNoneMatch: [] }, { present: true, absent: true }],
  [
    { ifMatch: [tag], ifNoneMatch: [other] },
    { present: true, absent: false },
  ],
  [
    { ifMatch: '*', ifNoneMatch: '*' },
    { present: false, absent: false },
  ],
  [{ ifMatch: [`W/${tag}`] }, { present: false, absent: false }],
];

export function preconditionsConformance(subject: Subject): void {
  const { name } = subject;

  for (const [precondition, expected] of table) {
    const what = JSON.stringify(precondition)
      .replaceAll(tag.slice(1, -1), 'its-tag')
      .replaceAll(other.slice(1, -1), 'x');

    test(`${name}: precondition ${what} on put and delete`, async (t) => {
      const ground = await fresh(t, subject);
      if (ground === undefined) return;
      const { store } = ground;
      const put = (key: string) => store.put({ key, value: json('new'), ttlMs: 'never', precondition });
      const seed = (key: string) => store.put({ key, value: json('here'), ttlMs: 50_000 });
      const expire = async (key: string) => {
        await store.put({ key, value: json('here'), ttlMs: 10 });
        await until('expiry', async () => (await store.get(key)) === undefined);
      };

      assert.equal((await put('absent')).outcome, expected.absent ? 'created' : 'precondition-failed');
      assert.equal((await store.get('absent')) !== undefined, expected.absent);
      await expire('expired');
      assert.equal((await put('expired')).outcome, expected.absent ? 'created' : 'precondition-failed');

      await seed('present');
      const before = await store.get('present');
      assert.equal((await put('present')).outcome, expected.present ? 'updated' : 'precondition-failed');
      const after = await store.get('present');
      if (expected.present) assert.deepEqual(after?.value, json('new'));
      else assert.deepEqual({ ...after, ttlLeftMs: 0 }, { ...before, ttlLeftMs: 0 }, 'nothing was changed');

      await seed('present');
      assert.equal(await store.delete('present', precondition), expected.present ? 'deleted' : 'precondition-failed');
      assert.equal((await store.get('present')) === undefined, expected.present);
      assert.equal(await store.delete('gone', precondition), expected.absent ? 'not-found' : 'precondition-failed');
      await expire('expired');
      assert.equal(await store.delete('expired', precondition), expected.absent ? 'not-found' : 'precondition-failed');
    });
  }

  test(`${name}: of 100 concurrent creates from two clients exactly one creates`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const clients = [ground.store, await another(t, ground.settings)];
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          clients[i % 2]?.put({
            key: `once-${round}`,
            value: json(i),
            ttlMs: 'never',
            precondition: { ifNoneMatch: '*' },
          }),
        ),
      );
      const created = results.flatMap((result, i) => (result?.outcome === 'created' ? [i] : []));
      assert.equal(created.length, 1);
      assert.deepEqual((await ground.store.get(`once-${round}`))?.value, json(created[0]));
    }
  });

  test(`${name}: read, If-Match write, retry on failure: no increment is lost between two clients`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const clients = [ground.store, await another(t, ground.settings)];
    await ground.store.put({ key: 'n', value: json(0), ttlMs: 'never' });
    const increment = async (client = ground.store) => {
      for (;;) {
        const entry = (await client.get('n')) ?? assert.fail();
        const value = json(Number(entry.value.toString()) + 1);
        const precondition = { ifMatch: [entry.etag] };
        const result = await client.put({ key: 'n', value, ttlMs: 'keep', precondition });
        if (result.outcome === 'updated') return;
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, i) => increment(clients[i % 2])));
    assert.deepEqual((await ground.store.get('n'))?.value, json(50));
  });
}
