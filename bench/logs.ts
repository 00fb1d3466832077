// The log collector against the OpenTelemetry Collector and against a bare loop, in one run: ratios are what counts.
// npm run bench:logs -- [--otelcol PATH|build] [--lines 2200000] [--rounds 3] [--only throughput|push|idle|steady]

import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { bundledMain } from '../test/support/bundles.ts';
import { entrypoint } from '../test/support/image-entrypoint.ts';
import { otelcol as compiledOtelcol } from '../test/support/otelcol.ts';
import { type Contender, measure, start, type Usage, usageOf } from './logs/contender.ts';
import { writeContainer } from './logs/log-node.ts';
import { openLogStore, type Received } from './logs/log-store.ts';
import { otelcolContender } from './logs/otelcol-contender.ts';

const { values } = parseArgs({
  options: {
    otelcol: { type: 'string' },
    lines: { type: 'string', default: '2200000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const lines = Number(values.lines);
const rounds = Number(values.rounds);
/** As our batches; what otelcol is told too. */
const requestBytes = 1_048_576;
const otelcol = values.otelcol === 'build' ? await compiledOtelcol() : values.otelcol;
if (values.otelcol === 'build' && otelcol === undefined)
  throw new Error('--otelcol build needs Go; or give --otelcol PATH');
const folder = mkdtempSync(join(tmpdir(), 'journey-bench-logs-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// As in the image, so that Node loads neither a TypeScript compiler nor three hundred modules.
const bundle = bundledMain('log-collector');
const image = entrypoint('log-collector');
const ours: Contender = {
  name: 'journey log-collector → file',
  command: (root, output, state) => ({
    argv: [process.execPath, ...image.nodeFlags, '--max-semi-space-size=1', '--max-old-space-size=64', bundle],
    env: {
      ...image.env,
      JOURNEY_LOGS_ROOT: root,
      JOURNEY_STATE_DIRECTORY: state,
      JOURNEY_SINK_KIND: 'file',
      JOURNEY_SINK_FILE_PATH: output,
      JOURNEY_SINK_FILE_MAX_BYTES: '0',
      JOURNEY_HTTP_HOST: '127.0.0.1',
      JOURNEY_HTTP_PORT: '0',
    },
  }),
};
// As JavaScript: what strips the types would be resident beside it.
const bareLoop = join(folder, 'bare-loop.mjs');
writeFileSync(bareLoop, transformSync(readFileSync('bench/logs/bare-loop.ts', 'utf8'), { loader: 'ts' }).code);
const bare: Contender = {
  name: 'bare Node loop, no guarantees',
  command: (root, output) => ({
    argv: [
      process.execPath,
      '--max-semi-space-size=2',
      bareLoop,
      join(root, 'bench_flood_0b6756a2-6a55-4b71-98f2-a3544e821da2', 'main', '0.log'),
      output,
    ],
  }),
};
for (const part of [throughput, push, idle, steady]) {
  if (values.only === undefined || values.only === part.name) await part();
}

async function throughput(): Promise<void> {
  const root = join(folder, 'flood');
  const size = writeContainer(root, 'flood', lines, 164);
  const toFile = (binary: string) =>
    otelcolContender(binary, folder, 'otelcol file_log → file', (path) => ({ file: { path } }));
  const contenders = [ours, bare, ...(otelcol === undefined ? [] : [toFile(otelcol)])];
  const best = new Map<Contender, Usage>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const state = join(folder, 'state');
      const output = join(folder, 'out', 'records.jsonl');
      for (const path of [state, join(folder, 'out')]) {
        rmSync(path, { recursive: true, force: true });
        mkdirSync(path);
      }
      const usage = await measure(contender, root, output, state, lines);
      const before = best.get(contender);
      if (before === undefined || usage.cpuSeconds < before.cpuSeconds) best.set(contender, usage);
    }
  }
  console.log(
    `\n${lines} CRI lines, ${Math.round(size / 1e6)} MB already on disk → JSON lines in a file; best of ${rounds}`,
  );
  const own = best.get(ours) as Usage;
  for (const [{ name }, { cpuSeconds, peakMib, wallSeconds }] of best) {
    const rate = `${Math.round(lines / cpuSeconds / 1_000)} k lines and ${Math.round(size / 1e6 / cpuSeconds)} MB a CPU second`;
    const ratio = `${(cpuSeconds / own.cpuSeconds).toFixed(2)} × our CPU`;
    console.log(
      `  ${name.padEnd(32)} ${cpuSeconds.toFixed(2)} s CPU, ${rate}, ${wallSeconds.toFixed(1)} s, peak ${peakMib.toFixed(0)} MiB, ${ratio}`,
    );
  }
  if (otelcol === undefined)
    console.log(
      '  otelcol                          not measured: give its binary with --otelcol PATH, or --otelcol build',
    );
  rmSync(root, { recursive: true });
}

/** The same lines to a log store over HTTP, gzipped; what the store does is not counted. */
async function push(): Promise<void> {
  const root = join(folder, 'push');
  const size = writeContainer(root, 'flood', lines, 164);
  const store = await openLogStore();
  const ownPush = (kind: string, path: string): Contender => ({
    name: `journey log-collector → ${kind}`,
    command(...where) {
      const { argv, env } = ours.command(...where);
      const target = { JOURNEY_SINK_KIND: kind, JOURNEY_SINK_PUSH_URL: `http://127.0.0.1:${store.port}${path}` };
      return { argv, env: { ...env, ...target } };
    },
  });
  const theirPush = (level: number): Contender =>
    otelcolContender(otelcol ?? '', folder, `otelcol file_log → otlp_http, gzip ${level}`, () => ({
      otlp_http: {
        endpoint: `http://127.0.0.1:${store.port}`,
        compression_params: { level },
        // Our terms: a full queue stops the reading instead of losing lines, one request at a time, each of about as
        // much before compression as ours.
        sending_queue: {
          block_on_overflow: true,
          num_consumers: 1,
          sizer: 'bytes',
          queue_size: 8 * requestBytes,
          batch: { flush_timeout: '1s', min_size: requestBytes, max_size: requestBytes },
        },
      },
    }));
  const own = [ownPush('otlp', '/v1/logs'), ownPush('loki', '/loki/api/v1/push')];
  // What it takes by default, and what we take.
  const contenders = [...own, ...(otelcol === undefined ? [] : [theirPush(6), theirPush(1)])];
  const best = new Map<Contender, Usage & Received>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const state = join(folder, 'push-state');
      rmSync(state, { recursive: true, force: true });
      mkdirSync(state);
      const received = store.expect(lines);
      const usage = await measure(contender, root, join(state, 'unused'), state, lines, () => received.lines === lines);
      if (received.repeats > 0) throw new Error(`${contender.name} sent ${received.repeats} lines twice`);
      if (usage.cpuSeconds < (best.get(contender)?.cpuSeconds ?? Infinity))
        best.set(contender, { ...usage, ...received });
    }
  }
  console.log(
    `\n${lines} CRI lines, ${Math.round(size / 1e6)} MB already on disk → HTTP with gzip, one request at a time of ${requestBytes / 1_048_576} MiB before compression; each line arrived once; best of ${rounds}`,
  );
  for (const [{ name }, usage] of best) {
    const { cpuSeconds, peakMib, requests, bodyBytes, sentBytes } = usage;
    const ratios = own.map((each) => (cpuSeconds / (best.get(each)?.cpuSeconds ?? Number.NaN)).toFixed(2));
    const sent = `${requests} requests, ${(bodyBytes / 1e6).toFixed(0)} MB gzipped to ${(sentBytes / 1e6).toFixed(1)} MB`;
    console.log(
      `  ${name.padEnd(38)} ${cpuSeconds.toFixed(2)} s CPU, ${Math.round(lines / cpuSeconds / 1_000)} k lines a CPU second, peak ${peakMib.toFixed(0)} MiB, ${sent}; ${ratios[0]} × our CPU to OTLP, ${ratios[1]} × to Loki`,
    );
  }
  console.log(
    otelcol === undefined
      ? '  otelcol                                not measured: give its binary with --otelcol PATH, or --otelcol build'
      : '  otelcol has no exporter for Loki any more (Loki takes OTLP), so its OTLP stands beside our Loki. Its gzip is 6 by default, ours 1. Set for it: block_on_overflow, num_consumers 1, batches by bytes; it keeps no checkpoint here, we do.',
  );
  store.close();
  rmSync(root, { recursive: true });
}

/** A thousand containers that write nothing. */
async function idle(): Promise<void> {
  const root = join(folder, 'idle');
  for (let n = 0; n < 1_000; n++) writeContainer(root, `idle-${n}`, 2, 100);
  const seconds = 20;
  const { child, cpu } = await running(root, 'idle');
  // What has been quiet for a while is left alone; until then everything is looked at every second.
  await delay(20_000);
  const before = cpu();
  await delay(seconds * 1_000);
  const share = (cpu() - before) / seconds;
  console.log(
    `\n1000 idle files: ${(share * 100).toFixed(2)} % of a core, peak ${usageOf(child.pid ?? 0).peakMib.toFixed(0)} MiB`,
  );
  child.kill('SIGKILL');
  rmSync(root, { recursive: true });
}

/** Ten thousand lines of 216 bytes a second, in small writes. */
async function steady(): Promise<void> {
  const root = join(folder, 'steady');
  writeContainer(root, 'steady', 1, 100);
  const { child, cpu } = await running(root, 'steady');
  const live = join(root, 'bench_steady_0b6756a2-6a55-4b71-98f2-a3544e821da2', 'main', '0.log');
  const output = join(folder, 'steady.jsonl');
  const seconds = 15;
  const before = cpu();
  const lags: number[] = [];
  const fd = openSync(output, 'r');
  const block = Buffer.alloc(8 * 1_048_576);
  let read = statSync(output).size;
  let sent = 0;
  const begin = performance.now();
  while (performance.now() - begin < seconds * 1_000) {
    const due = Math.floor(((performance.now() - begin) / 1_000) * 10_000);
    let text = '';
    for (; sent < due; sent++)
      text += `${new Date().toISOString()} stdout F seq=${sent} level=info pad=${'x'.repeat(150)}\n`;
    if (text !== '') appendFileSync(live, text);
    await delay(10);
    const got = readSync(fd, block, 0, block.length, read);
    const end = got === 0 ? 0 : block.lastIndexOf(0x0a, got - 1) + 1;
    for (const match of block.toString('latin1', 0, end).matchAll(/"time":"([^"]+)"/g))
      lags.push(Date.now() - Date.parse(match[1] ?? ''));
    read += end;
  }
  const share = (cpu() - before) / seconds;
  closeSync(fd);
  lags.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((q) => lags[Math.floor(lags.length * q)] ?? Number.NaN);
  console.log(
    `\n10 000 lines/s of 216 bytes: ${(share * 100).toFixed(1)} % of a core, lag p50 ${p50} ms, p99 ${p99} ms (${lags.length} of ${sent} lines arrived)`,
  );
  child.kill('SIGKILL');
}

async function running(root: string, name: string) {
  const state = join(folder, `${name}-state`);
  mkdirSync(state);
  const child = start(ours, root, join(folder, `${name}.jsonl`), state);
  const cpu = () => usageOf(child.pid ?? 0).cpuSeconds;
  // The start is over when less than a tenth of a second of CPU goes into a second.
  for (let last = -1; cpu() - last > 0.1; ) {
    last = cpu();
    await delay(1_000);
  }
  return { child, cpu };
}
