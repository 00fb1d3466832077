import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonRecord } from '../../src/log-collector/record/json-lines.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { CapturingSink } from './support/capturing-sink.ts';
import { node, type Running, run } from './support/run-collector.ts';

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 30_000 });
const streams = ['stdout', 'stderr'] as const;
type Stream = (typeof streams)[number];

type Step =
  | { readonly do: 'write'; readonly stream: Stream; readonly kinds: readonly Kind[] }
  | { readonly do: 'rotate'; readonly failReopen: boolean }
  | { readonly do: 'restart' | 'stall' | 'flow' | 'settle' | 'stop' | 'crash' };
type Kind = 'text' | 'frame' | 'piece' | 'json';

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      stream: fc.constantFrom(...streams),
      kinds: fc.array(fc.constantFrom<Kind>('text', 'frame', 'frame', 'frame', 'piece', 'json'), {
        minLength: 1,
        maxLength: 30,
      }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rotate' as const), failReopen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('stall' as const, 'flow', 'settle', 'stop', 'crash') }) },
);

const maxLines = 7;

/** The oracle: what the records of each stream are, by the plainest reading of the rules. */
class Expected {
  readonly records = new Map<string, string[][]>();
  readonly #pending = new Map<string, string>();
  readonly #mayGoOn = new Set<string>();
  readonly #container: FakeContainer;
  #n = 0;

  constructor(container: FakeContainer) {
    this.#container = container;
  }

  write(stream: Stream, kind: Kind): void {
    const key = `${this.#container.restart}/${stream}`;
    const n = this.#n++;
    const frame = kind === 'frame' || kind === 'piece';
    const begun = this.#pending.get(key) ?? '';
    const text =
      begun !== '' ? `part ${n} ` : frame ? `\tat a.B.c(B.java:${n})` : kind === 'json' ? `{"n":${n}}` : `line ${n}`;
    this.#container.write(text, stream, kind === 'piece' ? 'P' : 'F');
    if (kind === 'piece') this.#pending.set(key, begun + text);
    else this.#line(key, begun + text);
  }

  #line(key: string, text: string): void {
    this.#pending.delete(key);
    const list = this.records.get(key) ?? [];
    this.records.set(key, list);
    const last = list.at(-1);
    const goesOn = text.startsWith('\tat') && last !== undefined && this.#mayGoOn.has(key) && last.length < maxLines;
    if (goesOn) last.push(text);
    else list.push([text]);
    if (text.startsWith('{')) this.#mayGoOn.delete(key);
    else this.#mayGoOn.add(key);
  }

  /** What is open is given out at a stop, unless a line has been begun; what comes later is another record. */
  stopped(): void {
    for (const key of this.#mayGoOn) if (!this.#pending.has(key)) this.#mayGoOn.delete(key);
  }

  restart(): void {
    for (const [key, text] of this.#pending) this.#line(key, text);
    this.#mayGoOn.clear();
    this.#container.restartContainer();
  }

  get count(): number {
    return [...this.records.values()].reduce((sum, list) => sum + list.length, 0);
  }
}

test('traces on two streams, mixed and interrupted at random: the same records, each line once, a key means one text', {
  timeout: 300_000,
}, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const bench = node(t);
      const container = new FakeContainer({ ...bench, maxFiles: 1_000 });
      const expected = new Expected(container);
      const sink = new CapturingSink();
      const env = {
        JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576',
        JOURNEY_RECORDS_TRACES_RULES: '*/*/*=java+python+go',
        JOURNEY_RECORDS_TRACES_WAIT_MS: '60000',
        JOURNEY_RECORDS_TRACES_MAX_LINES: String(maxLines),
      };
      let running: Running = await run(t, bench, { sink, env });
      let crashes = 0;
      for (const s of steps) {
        if (s.do === 'write') for (const kind of s.kinds) expected.write(s.stream, kind);
        else if (s.do === 'rotate') await container.rotate({ failReopen: s.failReopen });
        else if (s.do === 'restart') expected.restart();
        else if (s.do === 'stall') sink.stalled = true;
        else if (s.do === 'flow') sink.stalled = false;
        else if (s.do === 'settle') {
          const { scans } = running.counters;
          await until('two scans', () => running.counters.scans >= scans + 2);
        } else if (s.do === 'stop') {
          sink.stalled = false;
          await running.stop(30_000);
          expected.stopped();
          running = await run(t, bench, { sink, env });
        } else {
          crashes++;
          await running.crash();
          running = await run(t, bench, { sink, env });
        }
      }
      sink.stalled = false;
      expected.restart();
      const once = new Map<string, JsonRecord>();
      let looked = 0;
      await until('every record', () => {
        for (; looked < sink.records.length; looked++) {
          const r = sink.records[looked] as JsonRecord;
          const key = JSON.stringify([r.kubernetes.restart, r.stream, r.file, r.offset]);
          const first = once.get(key);
          if (first === undefined) once.set(key, r);
          else assert.deepEqual([r.log, r.lines], [first.log, first.lines], 'what has the same key is the same record');
        }
        return once.size >= expected.count;
      });
      await running.stop();
      if (crashes === 0) assert.equal(sink.records.length, expected.count, 'nothing twice without a crash');
      for (const [key, list] of expected.records) {
        const got = [...once.values()].filter((r) => `${r.kubernetes.restart}/${r.stream}` === key);
        assert.deepEqual(
          got.map((r) => r.log),
          list.map((lines) => lines.join('\n')),
          key,
        );
        assert.deepEqual(
          got.map((r) => r.lines ?? 1),
          list.map((lines) => lines.length),
        );
      }
      assert.equal(once.size, expected.count);
    }),
    { numRuns: Number(process.env['JOURNEY_TRACE_RUNS'] ?? 20), endOnFailure: true, includeErrorInReport: true },
  );
});
