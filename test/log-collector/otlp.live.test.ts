import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { otlpPush } from '../../src/log-collector/sinks/otlp-push.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { otelcol } from '../support/otelcol.ts';
import { freePort } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { account, ranges } from './support/accounting.ts';
import { node } from './support/run-collector.ts';
import { spawnCollector } from './support/spawn-collector.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

interface LogRecord {
  readonly timeUnixNano: string;
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}

interface Stored {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}

/** The receiver; what it has answered for is in its file, also after `kill -9`. */
function receiver(t: TestContext, program: string, port: number) {
  const folder = tempFolder(t);
  const file = join(folder, 'stored.json');
  const config = join(folder, 'config.yaml');
  // With `rotation` the exporter writes through; without, it keeps for a second what it has answered for.
  writeFileSync(
    config,
    `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {file: {path: ${JSON.stringify(file)}, rotation: {max_megabytes: 1000}}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [file]}}, telemetry: {}}
`,
  );
  let child: ChildProcess;
  let said = '';
  const start = () => {
    child = spawn(program, ['--config', `file:${config}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  t.after(kill);
  start();
  return {
    start,
    kill,
    said: () => said,
    answers: () =>
      fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST' }).then(
        () => true,
        () => false,
      ),
    /** All it has stored. A kill may fall between a batch and its newline. */
    stored(): (LogRecord & { readonly resource: readonly Attribute[] })[] {
      let text = '';
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        return [];
      }
      return text
        .split(/(?=\{"resourceLogs")/)
        .flatMap((part) =>
          whole(part).flatMap(({ resourceLogs }) =>
            resourceLogs.flatMap(({ resource, scopeLogs }) =>
              scopeLogs.flatMap(({ logRecords }) =>
                logRecords.map((record) => ({ ...record, resource: resource.attributes })),
              ),
            ),
          ),
        );
    },
  };
}

/** A batch cut short by a kill was not answered for, so it comes again. */
function whole(text: string): Stored[] {
  try {
    return [JSON.parse(text) as Stored];
  } catch {
    return [];
  }
}

/** @returns `undefined` when the test was skipped. */
async function startReceiver(t: TestContext) {
  const program = await otelcol();
  if (program === undefined) {
    t.skip('needs Go, or JOURNEY_OTELCOL=<OpenTelemetry Collector with otlp and file>');
    return undefined;
  }
  const port = await freePort();
  const server = receiver(t, program, port);
  await until('the receiver answers', () => server.answers(), { timeoutMs: 60_000, everyMs: 50 });
  return { server, port };
}

const attributeIn = (attributes: readonly Attribute[], name: string) => {
  const { stringValue, intValue } = attributes.find(({ key }) => key === name)?.value ?? {};
  return stringValue ?? intValue;
};

const pad = ` ${'x'.repeat(150)}`;
const linesARound = 5_000;
const roundsInAll = 20;

test('a real OTLP receiver that is killed and comes back has every record; repeats are counted and known by their key', async (t) => {
  const receiving = await startReceiver(t);
  if (receiving === undefined) return;
  const { server, port } = receiving;
  const bench = node(t);
  const container = new FakeContainer(bench);
  const child = spawnCollector(t, bench, {
    env: {
      JOURNEY_SINK_KIND: 'otlp',
      JOURNEY_SINK_PUSH_URL: `http://127.0.0.1:${port}/v1/logs`,
      JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576',
    },
  });
  await child.url();
  const metric = async (name: string) =>
    Number(new RegExp(`^journey_collector_${name} (\\d+)$`, 'm').exec((await child.get('/metrics')).body)?.[1]);
  let retries = 0;
  let kills = 0;
  for (let round = 0; round < roundsInAll; round++) {
    container.writeSequence(round * linesARound, linesARound, pad);
    if (round % 4 === 3) await container.rotate();
    if (round % 4 !== 1) continue;
    // In the middle of what it is being sent.
    await until('it is being sent', async () => (await metric('records_total')) > round * linesARound, {
      timeoutMs: 60_000,
      everyMs: 5,
    });
    await server.kill();
    kills++;
    container.write(`while it is away ${round}`);
    await until('an attempt failed', async () => (await metric('sink_retries_total')) > retries, {
      timeoutMs: 60_000,
      everyMs: 20,
    });
    server.start();
    await until('the receiver answers again', () => server.answers(), { timeoutMs: 60_000, everyMs: 50 });
    retries = await metric('sink_retries_total');
  }
  const sent = roundsInAll * linesARound;
  await until(
    'everything was taken',
    async () => (await metric('lag_bytes')) === 0 && (await metric('inflight_bytes')) === 0,
    {
      timeoutMs: 120_000,
      everyMs: 50,
    },
  );
  assert.equal(await child.end('SIGTERM'), 0);
  const records = server.stored();
  const texts = records.map(({ body }) => body.stringValue);
  const { missing } = account(texts, sent);
  assert.equal(ranges(missing), '');
  assert.equal(new Set(texts.filter((text) => text.startsWith('while'))).size, kills);
  const keyOf = ({ resource, attributes }: (typeof records)[number]) =>
    [
      ...['k8s.namespace.name', 'k8s.pod.uid', 'k8s.container.name'].map((name) => attributeIn(resource, name)),
      ...['log.iostream', 'log.file.id', 'log.record.offset'].map((name) => attributeIn(attributes, name)),
    ].join(' ');
  const repeats = records.length - new Set(texts).size;
  t.diagnostic(`${sent} lines, ${kills} kills of the receiver, ${retries} retries, ${repeats} records came again`);
  assert.equal(new Set(records.map(keyOf)).size, new Set(texts).size, 'a repeat has the key of the first');
  const [first] = records;
  assert.match(first?.timeUnixNano ?? '', /^\d{16}001$/);
  assert.deepEqual(
    first && [attributeIn(first.resource, 'k8s.pod.name'), attributeIn(first.attributes, 'log.iostream')],
    ['api-0', 'stdout'],
  );
});

test('a real OTLP receiver reads odd texts, times, levels and marks as they were written, and what it refuses it gives a reason for', async (t) => {
  const receiving = await startReceiver(t);
  if (receiving === undefined) return;
  const { server, port } = receiving;
  const bench = node(t);
  const container = new FakeContainer(bench);
  const texts = ['\0', 'a\0b\t"\\', '😀 é €', '\u007f\ufeff', '{"level":"warn","msg":"x"}', 'ERROR broken'];
  const all = [...texts, ...[0, 1, 127, 128, 16_383, 16_384, 1_000_000].map((length) => 'x'.repeat(length))];
  for (const text of all) container.raw(`2026-11-25T14:00:00.123456789+08:00 stderr F ${text}\n`);
  container.raw(
    Buffer.concat([Buffer.from('2026-11-25T06:00:00Z stdout F cut '), Buffer.from([0xf0, 0x9f]), Buffer.from('\n')]),
  );
  const child = spawnCollector(t, bench, {
    env: { JOURNEY_SINK_KIND: 'otlp', JOURNEY_SINK_PUSH_URL: `http://127.0.0.1:${port}/v1/logs` },
  });
  await until('all are stored', () => server.stored().length > all.length, { timeoutMs: 60_000, everyMs: 50 });
  assert.equal(await child.end('SIGTERM'), 0);
  const records = server.stored();
  assert.deepEqual(
    records.map(({ body }) => body.stringValue ?? ''),
    [...all, 'cut \ufffd'],
  );
  assert.deepEqual(
    [4, 5].map((n) => [records[n]?.timeUnixNano, records[n]?.severityText, records[n]?.severityNumber]),
    [
      ['1795586400123456789', 'warn', 13],
      ['1795586400123456789', 'error', 17],
    ],
  );
  const last = records.at(-1);
  assert.equal(last?.timeUnixNano, '1795586400000000000');
  assert.equal(last && attributeIn(last.attributes, 'log.record.flags'), 'invalid_utf8');
  assert.equal(last && attributeIn(last.resource, 'k8s.container.restart_count'), '0');

  const refusal = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': otlpPush.contentType },
    body: 'no protobuf',
  });
  const type = refusal.headers.get('content-type') ?? '';
  assert.deepEqual([refusal.status, type], [400, otlpPush.contentType]);
  const { message } = otlpPush.answer(Buffer.from(await refusal.arrayBuffer()), refusal.status, type);
  assert.match(message, /[a-z]{3}/);
  t.diagnostic(`it says: ${message}`);
});
