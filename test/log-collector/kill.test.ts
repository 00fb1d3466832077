import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonRecord } from '../../src/log-collector/record/json-lines.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { assertExact, ranges } from './support/accounting.ts';
import { node } from './support/run-collector.ts';
import { spawnCollector } from './support/spawn-collector.ts';

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 60_000, everyMs: 250 });

const inflight = 1_048_576;
/** Records of a batch, in bytes, at most. */
const batchBytes = inflight / 4;

test('kill -9 at random moments under load: nothing lost, no torn line, repeats within one batch and known by their key', async (t) => {
  const bench = node(t);
  const output = join(dirname(bench.root), 'out', 'records.jsonl');
  const containers = ['a', 'b'].map((pod) => new FakeContainer({ ...bench, pod, uid: pod, maxFiles: 1_000 }));
  const sent = [0, 0];
  const kills = 3;
  let writing = true;
  let paused = true;
  // The load: numbered lines on stdout, some cut in two with a trace on stderr between the halves, and rotations. The kubelet deletes nothing.
  const load = (async () => {
    while (writing) {
      await sleep(4);
      if (paused) continue;
      for (const [i, container] of containers.entries()) {
        const from = sent[i] as number;
        container.writeSequence(from, 200, ' abc');
        container.write(`seq=${from + 200} first half, `, 'stdout', 'P');
        for (const line of [`between ${from}`, '\tat first', '\tat second']) container.write(line, 'stderr');
        container.write('second half');
        sent[i] = from + 201;
        if (from % 8_040 === 4_020) await container.rotate();
      }
    }
  })();
  const start = () =>
    spawnCollector(t, bench, {
      env: {
        JOURNEY_SINK_KIND: 'file',
        JOURNEY_SINK_FILE_PATH: output,
        JOURNEY_SINK_FILE_MAX_BYTES: '0',
        JOURNEY_READER_INFLIGHT_MAX_BYTES: String(inflight),
        JOURNEY_STATE_CHECKPOINT_MS: '300',
        JOURNEY_RECORDS_TRACES_RULES: '*/*/*=java',
      },
    });
  for (let n = 0; n < kills; n++) {
    const collector = start();
    await collector.url();
    paused = false;
    await sleep(Math.random() * 400);
    await collector.end('SIGKILL');
    // So that a slow machine does not write for as long as it takes to start the next.
    paused = true;
  }
  writing = false;
  await load;
  const last = start();
  const total = () => (sent[0] as number) + (sent[1] as number);
  const whole = () => (existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1) : []);
  await until('the last lines of both', () => {
    const tail = whole().slice(-20_000).join('\n');
    return sent.every((n) => tail.includes(`"seq=${n - 1} first half, second half"`));
  });
  await last.end('SIGTERM');

  const records = whole().map((line) => JSON.parse(line) as JsonRecord);
  const once = new Map<string, JsonRecord>();
  let [repeats, repeatedBytes] = [0, 0];
  for (const record of records) {
    const key = JSON.stringify([record.kubernetes.pod, record.stream, record.file, record.offset]);
    const first = once.get(key);
    if (first === undefined) once.set(key, record);
    else {
      assert.deepEqual(record, first, 'what has the same key is the same record');
      repeats++;
      repeatedBytes += Buffer.byteLength(JSON.stringify(record)) + 1;
    }
  }
  for (const [i, pod] of ['a', 'b'].entries()) {
    const own = [...once.values()].filter((r) => r.kubernetes.pod === pod);
    assertExact(
      own.filter((r) => r.stream === 'stdout').map((r) => r.log),
      sent[i] as number,
    );
    const traces = own.filter((r) => r.stream === 'stderr').map((r) => r.log.split('\n'));
    assert.ok(
      traces.every(
        ([, first, second, more]) => first === '\tat first' && second === '\tat second' && more === undefined,
      ),
      'each trace is one record',
    );
    const between = traces.map(([text = '']) => Number(text.slice(8)) / 201);
    assert.equal(ranges(between), `0-${(sent[i] as number) / 201 - 1}`, 'stderr, once and in order');
  }
  assert.ok(
    repeatedBytes <= kills * batchBytes,
    `${repeats} repeats, ${repeatedBytes} bytes, after ${kills} kills of ${total()} records`,
  );
  t.diagnostic(`${total()} records, ${kills} kills, ${repeats} repeats`);
});
