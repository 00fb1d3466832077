import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonRecord } from '../../src/log-collector/record/json-lines.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { ranges } from './support/accounting.ts';
import { CapturingSink } from './support/capturing-sink.ts';
import { node, type Running, run } from './support/run-collector.ts';

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 30_000 });

type Step =
  | { readonly do: 'write'; readonly pod: 0 | 1; readonly stream: 'stdout' | 'stderr'; readonly lines: number }
  | { readonly do: 'open'; readonly pod: 0 | 1; readonly stream: 'stdout' | 'stderr' }
  | { readonly do: 'rotate'; readonly pod: 0 | 1; readonly failReopen: boolean }
  | { readonly do: 'restartContainer'; readonly pod: 0 | 1 }
  | { readonly do: 'stall' | 'flow' | 'settle' | 'stop' | 'crash' };

const pod = fc.constantFrom(0 as const, 1 as const);
const stream = fc.constantFrom('stdout' as const, 'stderr' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('write' as const), pod, stream, lines: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), pod, stream }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rotate' as const), pod, failReopen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restartContainer' as const), pod }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('stall' as const, 'flow', 'settle', 'stop', 'crash') }) },
);

/** What was written, by instance and stream: the oracle. */
class Written {
  readonly expected = new Map<string, string[]>();
  readonly #open = new Map<string, string>();
  readonly #containers: readonly FakeContainer[];
  #n = 0;

  constructor(containers: readonly FakeContainer[]) {
    this.#containers = containers;
  }

  #list(key: string): string[] {
    const list = this.expected.get(key) ?? [];
    this.expected.set(key, list);
    return list;
  }

  #key(index: 0 | 1, streamName: string): string {
    return `${index}/${this.#containers[index]?.restart}/${streamName}`;
  }

  line(index: 0 | 1, streamName: 'stdout' | 'stderr'): void {
    const key = this.#key(index, streamName);
    const text = `line ${this.#n++}`;
    this.#containers[index]?.write(text, streamName);
    this.#list(key).push((this.#open.get(key) ?? '') + text);
    this.#open.delete(key);
  }

  /** Begins a line that the next one on the stream will end, if the container lives. */
  open(index: 0 | 1, streamName: 'stdout' | 'stderr'): void {
    const key = this.#key(index, streamName);
    const text = `begun ${this.#n++}, `;
    this.#containers[index]?.write(text, streamName, 'P');
    this.#open.set(key, (this.#open.get(key) ?? '') + text);
  }

  restart(index: 0 | 1): void {
    for (const streamName of ['stdout', 'stderr'] as const) {
      const key = this.#key(index, streamName);
      const open = this.#open.get(key);
      if (open !== undefined) this.#list(key).push(open);
      this.#open.delete(key);
    }
    this.#containers[index]?.restartContainer();
  }
}

/** `JOURNEY_SOAK_MINUTES=10 npx node --test test/log-collector/schedule.test.ts` goes on for as long as that. */
const soakMinutes = Number(process.env['JOURNEY_SOAK_MINUTES'] ?? 0);

test('whatever happens in whatever order: no gap, no disorder, and a repeat only after a crash', {
  timeout: (soakMinutes + 2) * 60_000,
}, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const bench = node(t);
      const containers = [0, 1].map((n) => new FakeContainer({ ...bench, pod: `p${n}`, maxFiles: 1_000 }));
      const written = new Written(containers);
      const sink = new CapturingSink();
      const env = { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576', JOURNEY_STATE_CHECKPOINT_MS: '100' };
      let running: Running = await run(t, bench, { sink, env });
      let crashes = 0;
      for (const s of steps) {
        if (s.do === 'write') for (let n = 0; n < s.lines; n++) written.line(s.pod, s.stream);
        else if (s.do === 'open') written.open(s.pod, s.stream);
        else if (s.do === 'rotate') await containers[s.pod]?.rotate({ failReopen: s.failReopen });
        else if (s.do === 'restartContainer') written.restart(s.pod);
        else if (s.do === 'stall') sink.stalled = true;
        else if (s.do === 'flow') sink.stalled = false;
        else if (s.do === 'settle') {
          const { scans } = running.counters;
          await until('two scans', () => running.counters.scans >= scans + 2);
        } else {
          if (s.do === 'crash') crashes++;
          await (s.do === 'crash' ? running.crash() : running.stop(sink.stalled ? 0 : 5_000));
          running = await run(t, bench, { sink, env });
        }
      }
      sink.stalled = false;
      for (const index of [0, 1] as const) written.restart(index);
      const count = [...written.expected.values()].reduce((n, list) => n + list.length, 0);
      const once = new Map<string, JsonRecord>();
      let looked = 0;
      await until('every record', () => {
        for (; looked < sink.records.length; looked++) {
          const r = sink.records[looked] as JsonRecord;
          once.set(JSON.stringify([r.kubernetes.pod, r.kubernetes.restart, r.stream, r.file, r.offset]), r);
        }
        return once.size >= count;
      });
      await running.stop();
      if (crashes === 0) assert.equal(sink.records.length, count, 'nothing twice without a crash');
      assert.deepEqual(
        [...once.values()].filter((r) => r.stream === 'unknown'),
        [],
      );
      for (const [key, list] of written.expected) {
        const [index, restart, name] = key.split('/');
        const got = [...once.values()]
          .filter(
            (r) => r.kubernetes.pod === `p${index}` && String(r.kubernetes.restart) === restart && r.stream === name,
          )
          .map((r) => r.log);
        const wrong = list.flatMap((text, i) => (got[i] === text ? [] : [i]));
        assert.equal(ranges(wrong), '', `${key}: ${got.length} of ${list.length}`);
        assert.equal(got.length, list.length);
      }
    }),
    soakMinutes > 0
      ? { numRuns: 1_000_000, interruptAfterTimeLimit: soakMinutes * 60_000, endOnFailure: true }
      : { numRuns: 15, endOnFailure: true },
  );
});
