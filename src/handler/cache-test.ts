import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Static } from 'typebox';
import * as Type from 'typebox';
import type { Store } from '../cache/cache.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Text } from '../i18n/messages.ts';
import type { Clock } from './context.ts';
import type { EntryCache } from './entry-answer.ts';

export const CacheTest = Type.Object({
  ok: Type.Literal(true),
  store: Type.Enum(['sqlite', 'redis']),
  key: Type.String(),
  steps: Type.Array(
    Type.Object({ name: Type.String(), ok: Type.Literal(true), ms: Type.Number(), detail: Type.String() }),
  ),
  totalMs: Type.Number(),
});
export type CacheTestResult = Static<typeof CacheTest>;

export interface TestCacheOptions {
  readonly store: Store;
  readonly cache: EntryCache;
  readonly clock: Clock;
}

/** Time to live of the entry that is to expire; the wait for it is most of the test. */
const ttlMs = 1_000;
/** How much later than its time the entry may disappear. */
const graceMs = 2_000;
const pollMs = 20;

/**
 * The round trip a user would make, on the real store: written, read from both tiers, refused a second creation, gone
 * when its time is over, written again, deleted.
 *
 * @throws JourneyError `cache-test-failed` naming the step that did not do what it should, or what the store throws.
 */
export async function testCache({ store, cache, clock }: TestCacheOptions): Promise<CacheTestResult> {
  const key = `journey:test:${randomUUID()}`;
  const value = Buffer.from(JSON.stringify({ test: key }));
  const startedAt = clock.monotonic();
  const steps: CacheTestResult['steps'] = [];
  const step = async (name: string, work: () => Promise<string>): Promise<void> => {
    const from = clock.monotonic();
    const detail = await work();
    steps.push({ name, ok: true, ms: rounded(clock.monotonic() - from), detail });
  };
  const expect = (name: string, holds: boolean, reason: Text): void => {
    if (!holds) throw new JourneyError('cache-test-failed', { step: name, reason });
  };
  try {
    await step('write', async () => {
      const { outcome } = await cache.put({ key, value, ttlMs });
      expect('write', outcome === 'created', { en: `the outcome was ${outcome}`, zh: `结果为 ${outcome}` });
      return `${value.length} bytes, ttl ${ttlMs} ms`;
    });
    await step('read', async () => {
      const { entry, tier } = await cache.get(key);
      expect('read', entry?.value.equals(value) === true, differs);
      return `from ${tier}`;
    });
    await step('read-store', async () => {
      const entry = await store.get(key);
      expect('read-store', entry?.value.equals(value) === true, differs);
      return `from ${store.name}`;
    });
    await step('create-once', async () => {
      const { outcome } = await cache.put({ key, value, ttlMs: 'keep', precondition: { ifNoneMatch: '*' } });
      const reason = { en: 'a second creation was not refused', zh: '没有拒绝重复创建' };
      expect('create-once', outcome === 'precondition-failed', reason);
      return 'a second creation was refused';
    });
    await step('expire', async () => {
      const deadline = startedAt + ttlMs + graceMs;
      while ((await store.get(key)) !== undefined || (await cache.get(key)).entry !== undefined) {
        const reason = { en: `it was still there ${graceMs} ms after its time`, zh: `到期 ${graceMs} ms 后仍然存在` };
        expect('expire', clock.monotonic() < deadline, reason);
        await sleep(pollMs);
      }
      const lived = clock.monotonic() - startedAt;
      // A store that counts whole milliseconds may be one early.
      expect('expire', lived >= ttlMs - 2, {
        en: `it was gone after ${rounded(lived)} ms`,
        zh: `${rounded(lived)} ms 后即消失`,
      });
      return `gone after ${Math.round(lived)} ms`;
    });
    await step('delete', async () => {
      await cache.put({ key, value, ttlMs: 60_000 });
      const outcome = await cache.delete(key);
      const { entry } = await cache.get(key);
      const reason = { en: `the outcome was ${outcome}`, zh: `结果为 ${outcome}` };
      expect('delete', outcome === 'deleted' && entry === undefined && (await store.get(key)) === undefined, reason);
      return 'written again, deleted, gone from both tiers';
    });
  } catch (error) {
    // Whatever went wrong, leave nothing behind; if this fails too, the entry's time to live ends it.
    await cache.delete(key).catch(() => {});
    throw error;
  }
  return { ok: true, store: store.name, key, steps, totalMs: rounded(clock.monotonic() - startedAt) };
}

const differs: Text = { en: 'what was read is not what was written', zh: '读到的内容与写入的不一致' };

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
