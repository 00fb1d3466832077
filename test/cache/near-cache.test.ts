import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { nearGround, nearSettings } from './support/near-ground.ts';
import { json } from './support/subject.ts';

const never = 'never' as const;
const put = (key: string, value: unknown, ttlMs: number | 'never' = never) => ({ key, value: json(value), ttlMs });
const unavailable = (error: unknown): boolean => isJourneyError(error, 'store-unavailable');

/** Stops every command at the gate until opened. */
function closedGate(store: ReturnType<typeof nearGround>['store'], moment: 'before' | 'after'): { open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = async (_what, at) => {
    if (at === moment) await promise;
  };
  return { open: resolve };
}

test('a first read is a miss, the second a hit that neither asks the store nor derives again', async (t) => {
  const { cache, store, others, derived } = nearGround(t);
  await others.put(put('k', [1]));
  assert.equal(cache.peek('k'), undefined);
  const first = await cache.get('k');
  assert.deepEqual([first.result, first.tier, first.derived, first.freshForMs], ['miss', 'store', '[1]', 5_000]);
  const second = await cache.get('k');
  assert.deepEqual([second.result, second.tier, second.entry], ['hit', 'near', first.entry]);
  assert.equal(cache.peek('k')?.derived, '[1]');
  assert.deepEqual([store.asked, derived()], [['k'], 1]);
});

test('freshness ends after nearTtlSeconds, less up to a fifth of jitter', async (t) => {
  for (const [random, ttl] of [
    [0, 5_000],
    [0.5, 4_500],
    [0.999, 4_001],
  ] as const) {
    const { cache, others, clock } = nearGround(t, {}, () => random);
    await others.put(put('k', 1));
    await cache.get('k');
    clock.now += Math.floor(ttl) - 1;
    assert.ok(cache.peek('k'), `fresh just before ${ttl}`);
    clock.now += 2;
    assert.equal(cache.peek('k'), undefined, `not fresh just after ${ttl}`);
  }
});

test('an entry is never served past its own expiry, counted from before the store was asked', async (t) => {
  const { cache, store, others, clock } = nearGround(t);
  await others.put(put('k', 1, 1_000));
  const gate = closedGate(store, 'after');
  const reading = cache.get('k');
  await Promise.resolve();
  clock.now += 400;
  gate.open();
  await reading;
  clock.now += 599;
  assert.ok(cache.peek('k'));
  clock.now += 1;
  assert.equal(cache.peek('k'), undefined);
  store.away = 'before';
  await assert.rejects(cache.get('k'), unavailable, 'not even as stale');
});

test('absence is remembered for negativeTtlMs and no longer', async (t) => {
  const { cache, store, clock } = nearGround(t);
  assert.deepEqual([(await cache.get('k')).entry, (await cache.get('k')).result], [undefined, 'negative']);
  assert.deepEqual(cache.peek('k')?.entry, undefined);
  clock.now += 500;
  assert.equal((await cache.get('k')).result, 'miss');
  assert.equal(store.asked.length, 2);
});

test('reads that meet share one load, and its error', async (t) => {
  const { cache, store, others } = nearGround(t);
  await others.put(put('k', 1));
  const gate = closedGate(store, 'before');
  const reads = Array.from({ length: 100 }, () => cache.get('k'));
  gate.open();
  const results = (await Promise.all(reads)).map((lookup) => lookup.result);
  assert.deepEqual(results, ['miss', ...Array(99).fill('joined')]);
  assert.equal(store.asked.length, 1);
  store.away = 'before';
  const failing = await Promise.allSettled(Array.from({ length: 100 }, () => cache.get('other')));
  assert.ok(failing.every((result) => result.status === 'rejected' && unavailable(result.reason)));
  assert.equal(store.asked.length, 2, 'an error is no reason for a herd');
  assert.deepEqual(cache.stats().counts.near, { hit: 0, negative: 0, miss: 1, joined: 99, stale: 0, error: 100 });
  assert.deepEqual(cache.stats().counts.store, { hit: 1, miss: 0, error: 1 });
});

test('a read that aborts leaves the load to the others', async (t) => {
  const { cache, store, others } = nearGround(t);
  await others.put(put('k', 1));
  const gate = closedGate(store, 'before');
  const leaving = new AbortController();
  const first = cache.get('k', leaving.signal);
  const second = cache.get('k');
  leaving.abort(new Error('the client went away'));
  await assert.rejects(first, /went away/);
  gate.open();
  assert.deepEqual((await second).derived, '1');
  await assert.rejects(cache.get('k', leaving.signal), /went away/);
  assert.equal(store.asked.length, 1);
});

test('everybody aborting leaves no unhandled rejection and the next read works', async (t) => {
  const { cache, store } = nearGround(t);
  const gate = closedGate(store, 'before');
  store.away = 'before';
  const signal = AbortSignal.abort(new Error('gone'));
  const leaving = new AbortController();
  const read = cache.get('k', leaving.signal);
  leaving.abort(signal.reason);
  await assert.rejects(read, /gone/);
  gate.open();
  await new Promise((resolve) => setImmediate(resolve));
  store.away = undefined;
  assert.equal((await cache.get('k')).result, 'miss');
});

test('a write is a hit at once, also one that equals what was there, and a delete is a negative', async (t) => {
  const { cache, store } = nearGround(t);
  await cache.put(put('k', 1, 60_000));
  assert.deepEqual([cache.peek('k')?.derived, cache.peek('k')?.entry?.ttlLeftMs], ['1', 60_000]);
  await cache.delete('k');
  assert.deepEqual([cache.peek('k')?.entry, (await cache.get('k')).result], [undefined, 'negative']);
  assert.deepEqual(store.asked, []);
});

test('a load that races a write neither keeps nor hands on the old value', async (t) => {
  const { cache, store, others } = nearGround(t);
  await others.put(put('k', 'old'));
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  store.gate = async (what, at) => {
    if (what === 'get k' && at === 'after') await released;
  };
  const racing = cache.get('k');
  await new Promise((resolve) => setImmediate(resolve));
  await cache.put(put('k', 'new'));
  const later = cache.get('k');
  release();
  assert.equal((await racing).derived, '"old"', 'it began before the write');
  assert.equal((await later).derived, '"new"');
  assert.equal(cache.peek('k')?.derived, '"new"');
});

for (const [what, invalidate] of [
  ['its key', ['k'] as const],
  ['everything', 'all' as const],
] as const) {
  test(`a load that races an invalidation of ${what} is not kept, nor given to later reads`, async (t) => {
    const { cache, store, others } = nearGround(t);
    await others.put(put('k', 'old'));
    const gate = closedGate(store, 'after');
    const racing = cache.get('k');
    await new Promise((resolve) => setImmediate(resolve));
    await others.put(put('k', 'new'));
    store.invalidate(invalidate);
    const later = [cache.get('k'), cache.get('k')];
    gate.open();
    assert.equal((await racing).derived, '"old"');
    assert.deepEqual(
      (await Promise.all(later)).map((lookup) => lookup.derived),
      ['"new"', '"new"'],
    );
    assert.equal(store.asked.length, 2);
    assert.equal(store.mostLoadsAtOnce, 1);
    assert.equal(cache.peek('k')?.derived, '"new"');
  });
}

test('after "forget everything" nothing is fresh, neither entries nor absence', async (t) => {
  const { cache, store, others } = nearGround(t);
  await cache.put(put('k', 'old'));
  await cache.get('absent');
  await others.put(put('k', 'new'));
  await others.put(put('absent', 'new'));
  store.invalidate('all');
  assert.deepEqual([cache.peek('k'), cache.peek('absent')], [undefined, undefined]);
  assert.equal((await cache.get('k')).derived, '"new"');
  assert.equal((await cache.get('absent')).derived, '"new"');
  assert.ok(cache.peek('k'), 'what was loaded since is fresh');
});

for (const keys of [['k'] as const, 'all' as const]) {
  test(`a write that an invalidation of ${keys} meets is not kept: the other write may have come later`, async (t) => {
    const { cache, store, others } = nearGround(t);
    const gate = closedGate(store, 'after');
    const writing = cache.put(put('k', 'mine'));
    await new Promise((resolve) => setImmediate(resolve));
    await others.put(put('k', 'theirs'));
    store.invalidate(keys);
    gate.open();
    await writing;
    assert.equal((await cache.get('k')).derived, '"theirs"');
  });
}

test('a load that finds the entry gone, or grown too large to keep, leaves no older one to serve as stale', async (t) => {
  const { cache, store, others, clock } = nearGround(t, { maxBytes: 50_000 });
  await cache.put(put('gone', 1));
  await cache.put(put('grown', 1));
  await others.delete('gone');
  await others.put(put('grown', 'x'.repeat(20_000)));
  clock.now += 5_000;
  await cache.get('gone');
  await cache.get('grown');
  store.away = 'before';
  clock.now += 1_000;
  await assert.rejects(cache.get('gone'), unavailable);
  await assert.rejects(cache.get('grown'), unavailable);
});

test('of two writes that meet neither is kept, since nobody knows which came last', async (t) => {
  const { cache, store } = nearGround(t);
  const gate = closedGate(store, 'before');
  const writes = [cache.put(put('k', 1)), cache.put(put('k', 2))];
  gate.open();
  await Promise.all(writes);
  assert.equal(cache.peek('k'), undefined);
  assert.equal((await cache.get('k')).result, 'miss');
});

test('a failed precondition makes memory ask again: the writer must see what it lost against', async (t) => {
  const { cache, others } = nearGround(t);
  await cache.put(put('k', 'mine'));
  const etag = cache.peek('k')?.entry?.etag ?? '';
  await others.put(put('k', 'theirs'));
  const request = { ...put('k', 'mine again'), precondition: { ifMatch: [etag] } };
  assert.equal((await cache.put(request)).outcome, 'precondition-failed');
  assert.equal((await cache.get('k')).derived, '"theirs"');
  await others.put(put('k', 'theirs again'));
  assert.equal(await cache.delete('k', { ifMatch: [etag] }), 'precondition-failed');
  assert.equal((await cache.get('k')).derived, '"theirs again"');
});

test('a write whose outcome is unknown makes memory ask again; one that surely failed leaves it as it was', async (t) => {
  const { cache, store } = nearGround(t);
  await cache.put(put('k', 1));
  store.away = 'before';
  await assert.rejects(cache.put(put('k', 2)), unavailable);
  assert.equal(cache.peek('k')?.derived, '1');
  store.away = 'after';
  await assert.rejects(cache.put(put('k', 3)), { code: 'store-outcome-unknown' });
  assert.equal(cache.peek('k'), undefined);
  store.away = undefined;
  assert.equal((await cache.get('k')).derived, '3', 'it had been carried out');
});

test('while the store is away an entry is served as stale up to staleIfErrorSeconds', async (t) => {
  const { cache, store, others, clock } = nearGround(t);
  await others.put(put('k', 1));
  await cache.get('k');
  await cache.get('absent');
  store.away = 'before';
  clock.now += 5_000;
  const stale = await cache.get('k');
  assert.deepEqual([stale.result, stale.tier, stale.derived, stale.freshForMs], ['stale', 'near', '1', -1]);
  await assert.rejects(cache.get('absent'), unavailable, 'absence is not served as stale');
  store.invalidate('all');
  clock.now += 59_999;
  const staler = await cache.get('k');
  assert.deepEqual([staler.result, staler.freshForMs], ['stale', -59_999], 'also after forgetting everything');
  clock.now += 1;
  await assert.rejects(cache.get('k'), unavailable);
  store.away = undefined;
  assert.equal((await cache.get('k')).result, 'miss');
});

test('an entry that somebody else is known to have changed is not served, not even as stale', async (t) => {
  const { cache, store } = nearGround(t);
  await cache.put(put('k', 1));
  store.invalidate(['k']);
  store.away = 'before';
  await assert.rejects(cache.get('k'), unavailable);
});

test('memory stays within maxBytes, keys and bookkeeping included; the least recently used goes first', async (t) => {
  const { cache } = nearGround(t, { maxBytes: 64_000 });
  for (let i = 0; i < 500; i++) {
    await cache.put(put(`key-${i}`, 'x'.repeat(100)));
    cache.peek('key-0');
    assert.ok(cache.stats().bytes <= 64_000);
  }
  const { entries, counts } = cache.stats();
  assert.ok(entries > 10 && counts.evictions === 500 - entries, `${entries} entries, ${counts.evictions} evicted`);
  assert.ok(cache.peek('key-0'), 'it was used all the time');
  assert.ok(cache.peek('key-499'));
  assert.equal(cache.peek('key-1'), undefined);
});

test('an entry too large for memory is served but pushes nothing out', async (t) => {
  const { cache } = nearGround(t, { maxBytes: 100_000 });
  await cache.put(put('small', 1));
  await cache.put(put('large', 'x'.repeat(50_000)));
  assert.equal(cache.peek('large'), undefined);
  const lookup = await cache.get('large');
  assert.deepEqual([lookup.result, lookup.freshForMs, lookup.entry?.bytes], ['miss', 0, 50_002]);
  assert.ok(cache.peek('small'));
  await cache.put(put('small', 'x'.repeat(50_000)));
  assert.equal(cache.peek('small'), undefined, 'the small version it replaces must not stay');
});

test('probing random keys cannot push entries out', async (t) => {
  const { cache } = nearGround(t, { maxBytes: 200_000 });
  await cache.put(put('kept', 1));
  for (let i = 0; i < 500; i++) await cache.get(`random-${i}`);
  assert.ok(cache.peek('kept'));
  assert.ok(cache.stats().bytes <= 200_000);
});

test('what memory keeps is a copy of its own, not a view that keeps a whole socket chunk alive', async (t) => {
  const { cache } = nearGround(t);
  const chunk = Buffer.from(`xxxx"v"${'y'.repeat(60_000)}`);
  await cache.put({ key: 'k', value: chunk.subarray(4, 7), ttlMs: never });
  chunk.fill(0);
  const value = cache.peek('k')?.entry?.value ?? assert.fail();
  assert.deepEqual([value.toString(), value.buffer.byteLength], ['"v"', 3]);
});

test('maxBytes 0 keeps nothing, and reads still share loads', async (t) => {
  const { cache, store, others } = nearGround(t, { maxBytes: 0 });
  await others.put(put('k', 1));
  const results = await Promise.all([cache.get('k'), cache.get('k')]);
  assert.deepEqual(
    results.map((lookup) => lookup.result),
    ['miss', 'joined'],
  );
  assert.deepEqual([cache.peek('k'), store.asked.length, cache.stats().bytes], [undefined, 1, 0]);
});

test('new settings apply to what is already held', async (t) => {
  const { cache, clock } = nearGround(t);
  for (let i = 0; i < 100; i++) await cache.put(put(`key-${i}`, 'x'.repeat(1_000)));
  cache.configure({ ...nearSettings, maxBytes: 50_000, nearTtlSeconds: 2 });
  const { bytes, entries, maxBytes } = cache.stats();
  assert.ok(bytes <= 50_000 && entries > 0 && maxBytes === 50_000, `${bytes} bytes in ${entries}`);
  assert.ok(cache.peek('key-99'), 'the most recently used stay');
  assert.equal(cache.peek('key-0'), undefined);
  clock.now += 2_000;
  assert.equal(cache.peek('key-99'), undefined, 'the shorter time holds for it too');
  cache.configure({ ...nearSettings, maxBytes: 0 });
  assert.equal(cache.stats().entries, 0);
});

test('rates are undefined before the first read, and windows forget', async (t: TestContext) => {
  const { cache, others, clock } = nearGround(t);
  const nothing = { oneMinute: undefined, fiveMinutes: undefined, sinceStart: undefined };
  assert.deepEqual(cache.stats().rates, { near: nothing, store: nothing });
  await others.put(put('k', 1));
  await cache.get('k');
  for (let i = 0; i < 3; i++) cache.peek('k');
  assert.deepEqual(cache.stats().rates.near, { oneMinute: 0.75, fiveMinutes: 0.75, sinceStart: 0.75 });
  clock.now += 120_000;
  assert.deepEqual(cache.stats().rates.near, { oneMinute: undefined, fiveMinutes: 0.75, sinceStart: 0.75 });
  await cache.get('k');
  assert.deepEqual(cache.stats().rates.near, { oneMinute: 0, fiveMinutes: 0.6, sinceStart: 0.6 });
  assert.equal(cache.stats().rates.store.sinceStart, 1);
  clock.now += 3_600_000;
  assert.deepEqual(cache.stats().rates.near, { oneMinute: undefined, fiveMinutes: undefined, sinceStart: 0.6 });
});

test('a closed cache no longer listens to the store', async (t) => {
  const { cache, store } = nearGround(t);
  await cache.put(put('k', 1));
  cache.close();
  store.invalidate(['k']);
  assert.ok(cache.peek('k'));
});
