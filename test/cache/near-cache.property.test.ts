import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type NearGround, nearGround, nearSettings, nearStore } from './support/near-ground.ts';

const keys = ['a', 'b'] as const;
type Key = (typeof keys)[number];
const sizes = fc.constantFrom(0, 12_000, 90_000);

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constant('a' as const) },
  { weight: 1, arbitrary: fc.constant('b' as const) },
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, ttl: fc.constantFrom('never', 700, 4_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('large' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  // Somebody else writes, and the store tells of it, tells "everything", or does not tell.
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('other' as const), key, tell: fc.constantFrom('key', 'all', 'no') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('away' as const), when: fc.constantFrom('before', 'after', 'no', 'no') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), maxBytes: sizes }) },
  // Lets some of what waits at the gate go on, in an order that fast-check picks.
  { weight: 8, arbitrary: fc.record({ do: fc.constant('let go' as const), count: fc.integer({ min: 1, max: 4 }) }) },
);

/** A write as the outside saw it; times are step numbers. */
interface Write {
  /** What a reader sees: the value, or `undefined` after a delete. */
  readonly value: string | undefined;
  readonly began: number;
  acknowledged: number;
  /** Milliseconds of the test's clock at which a later write took its place in the store, if one has. */
  supersededAt: number;
  expiresAt: number;
  readonly local: boolean;
}

class History {
  readonly #writes = new Map<string, Write[]>(keys.map((k) => [k, [this.#first()]]));

  #first(): Write {
    const never = Number.POSITIVE_INFINITY;
    return { value: undefined, began: -1, acknowledged: -1, supersededAt: never, expiresAt: never, local: true };
  }

  begin(of: Key, value: string | undefined, step: number, local: boolean): Write {
    const never = Number.POSITIVE_INFINITY;
    const write: Write = { value, began: step, acknowledged: never, supersededAt: never, expiresAt: never, local };
    this.#writes.get(of)?.push(write);
    return write;
  }

  /** It has taken its place in the store. */
  carriedOut(of: string, value: string | undefined, now: number): void {
    for (const write of this.#writes.get(of) ?? []) {
      if (write.value === value) write.supersededAt = Number.POSITIVE_INFINITY;
      else write.supersededAt = Math.min(write.supersededAt, now);
    }
  }

  /** Why a read that began at `step` and `now` must not have seen `value`; `undefined` when it may. */
  objection(
    of: Key,
    value: string | undefined,
    at: { step: number; now: number; answered: number; fresh: boolean },
  ): string | undefined {
    const writes = this.#writes.get(of) ?? [];
    const seen = writes.filter((write) => write.value === value);
    // An entry that expires turns into absence by itself.
    if (value === undefined && writes.some((write) => write.expiresAt <= at.answered)) return undefined;
    const acknowledged = writes.filter((write) => write.local && write.acknowledged < at.step);
    const superseded = (old: Write): boolean => acknowledged.some((newer) => old.acknowledged < newer.began);
    if (seen.every(superseded)) return 'it is older than a write acknowledged before the read began';
    const latest = Math.max(...seen.map((write) => write.supersededAt));
    if (at.fresh && latest < at.now - nearSettings.nearTtlSeconds * 1_000) {
      return `it was replaced ${at.now - latest} ms before the read began`;
    }
    return undefined;
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs one schedule and checks every answer as it comes. */
class Run {
  readonly #ground: NearGround;
  readonly #scheduler: fc.Scheduler;
  readonly #history = new History();
  readonly #waiting: Promise<unknown>[] = [];
  #step = 0;

  constructor(ground: NearGround, scheduler: fc.Scheduler) {
    this.#ground = ground;
    this.#scheduler = scheduler;
    ground.store.onWritten = (k, value) => this.#history.carriedOut(k, value?.toString(), ground.clock.now);
    ground.store.gate = (what, moment) => scheduler.schedule(Promise.resolve(), `${what} ${moment}`);
  }

  async all(steps: readonly Step[]): Promise<void> {
    for (const s of steps) {
      this.#step++;
      await this.#do(s);
      const { bytes, maxBytes } = this.#ground.cache.stats();
      assert.ok(bytes <= maxBytes, `${bytes} bytes held, ${maxBytes} allowed`);
    }
    this.#ground.store.away = undefined;
    await this.#scheduler.waitIdle();
    await Promise.all(this.#waiting);
    assert.ok(this.#ground.store.mostLoadsAtOnce <= 1, 'two loads of one key at once');
    assert.equal(this.#ground.cache.stats().loading, 0);
  }

  async #do(s: Step): Promise<void> {
    const { cache, store, clock } = this.#ground;
    switch (s.do) {
      case 'get':
        this.#waiting.push(this.#get(s.key));
        return;
      case 'put':
        this.#waiting.push(this.#put(s.key, `"${this.#step}"`, s.ttl as number | 'never'));
        return;
      case 'large':
        this.#waiting.push(this.#put(s.key, `"${this.#step}${'x'.repeat(20_000)}"`, 'never'));
        return;
      case 'delete':
        this.#waiting.push(this.#delete(s.key));
        return;
      case 'other':
        await this.#other(s.key);
        if (s.tell !== 'no') store.invalidate(s.tell === 'all' ? 'all' : [s.key]);
        return;
      case 'away':
        store.away = s.when === 'no' ? undefined : (s.when as 'before' | 'after');
        return;
      case 'tick':
        clock.now += s.ms;
        return;
      case 'configure':
        cache.configure({ ...nearSettings, maxBytes: s.maxBytes });
        return;
      case 'let go':
        for (let i = 0; i < s.count && this.#scheduler.count() > 0; i++) await this.#scheduler.waitOne();
        await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #get(of: Key): Promise<void> {
    const began = { step: this.#step, now: this.#ground.clock.now };
    try {
      const { entry, result, freshForMs } = await this.#ground.cache.get(of);
      const at = { ...began, answered: this.#ground.clock.now, fresh: result !== 'stale' };
      const objection = this.#history.objection(of, entry?.value.toString(), at);
      assert.equal(objection, undefined, `${result} for ${of} gave ${entry?.value.toString().slice(0, 9)}`);
      assert.ok(freshForMs <= nearSettings.nearTtlSeconds * 1_000);
      if (entry?.expiresAt !== undefined && (result === 'hit' || result === 'stale')) {
        assert.ok(entry.expiresAt > began.now, `${result} past its own expiry`);
      }
    } catch (error) {
      if (!isJourneyError(error, 'store-unavailable')) throw error;
    }
  }

  async #put(of: Key, value: string, ttlMs: number | 'never'): Promise<void> {
    const write = this.#history.begin(of, value, this.#step, true);
    await this.#write(write, async () => {
      const result = await this.#ground.cache.put({ key: of, value: Buffer.from(value), ttlMs });
      assert.ok(result.outcome !== 'precondition-failed');
      write.expiresAt = result.entry.expiresAt ?? Number.POSITIVE_INFINITY;
    });
  }

  async #delete(of: Key): Promise<void> {
    const write = this.#history.begin(of, undefined, this.#step, true);
    await this.#write(write, () => this.#ground.cache.delete(of));
  }

  async #write(write: Write, send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
      write.acknowledged = this.#step;
    } catch (error) {
      if (!isJourneyError(error, 'store-unavailable') && !isJourneyError(error, 'store-outcome-unknown')) throw error;
    }
  }

  async #other(of: Key): Promise<void> {
    const value = `"${this.#step} by another"`;
    const write = this.#history.begin(of, value, this.#step, false);
    await this.#ground.others.put({ key: of, value: Buffer.from(value), ttlMs: 'never' });
    write.acknowledged = this.#step;
    this.#history.carriedOut(of, value, this.#ground.clock.now);
  }
}

test('whatever meets whatever, no read is older than an acknowledged local write, nor than the near TTL', async (t) => {
  const shared = nearStore(t);
  const steps = fc.array(step, { minLength: 5, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(sizes, steps, fc.scheduler(), async (maxBytes, schedule, scheduler) => {
      for (const key of keys) await shared.others.delete(key);
      const ends: (() => unknown)[] = [];
      const scope = { after: (end: () => unknown) => void ends.push(end) };
      try {
        await new Run(
          nearGround(scope, { maxBytes }, () => 0.5, shared),
          scheduler,
        ).all(schedule);
      } finally {
        for (const end of ends) await end();
      }
    }),
    // JOURNEY_TEST_RUNS for a long search by hand.
    { numRuns: Number(process.env['JOURNEY_TEST_RUNS'] ?? 600) },
  );
});
