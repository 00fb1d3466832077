// The clean-up against the ways people do it by hand, on one redis-server, in one run: ratios are what counts.
// node bench/cleanup.ts [keys, default 100000] [rounds, default 3]   JOURNEY_GO_EDITION_CLEANUP=<binary> adds the earlier Go edition
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@redis/client';
import type { CleanupRun } from '../src/cache/cache.ts';
import { RedisServer } from '../test/support/redis-server.ts';

const count = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const live = 1_000;
const goEdition = process.env['JOURNEY_GO_EDITION_CLEANUP'];

const ends: (() => unknown)[] = [];
const server = await RedisServer.start({ after: (end) => ends.push(end) }, { args: ['--appendonly', 'no'] });
const client = createClient({ url: server.url });
await client.connect();

/** `count` cache keys without a TTL, and live keys that must survive. */
async function fill(): Promise<void> {
  await client.flushAll();
  const value = 'x'.repeat(100);
  for (let from = 0; from < count; from += 10_000) {
    const pairs: string[] = [];
    for (let i = from; i < Math.min(count, from + 10_000); i++) pairs.push(`cache:${i}`, value);
    await client.sendCommand(['MSET', ...pairs]);
  }
  const expiring = (seconds: number) => ({ expiration: { type: 'EX' as const, value: seconds } });
  await Promise.all(Array.from({ length: live }, (_, i) => client.set(`user:${i}`, 'x')));
  await Promise.all(
    Array.from({ length: live }, (_, i) => client.set(`cache:live:${i}`, 'x', expiring(i % 2 === 0 ? 3_600 : 50))),
  );
}

interface Result {
  readonly name: string;
  readonly ms: number;
  /** Processor time of the server: steadier than the clock when the machine is busy with something else. */
  readonly serverCpuMs: number;
  readonly doomedLeft: number;
  readonly liveLost: number;
  readonly worstPingMs: number;
  readonly note: string;
}

/** Runs one contender while another connection keeps asking PING: the longest answer is what users would feel. */
async function measure(name: string, work: () => Promise<string>): Promise<Result> {
  await fill();
  const done = new AbortController();
  const worst = worstPing(done.signal);
  const cpu = await serverCpuMs();
  const start = performance.now();
  const note = await work();
  const ms = performance.now() - start;
  const spent = (await serverCpuMs()) - cpu;
  done.abort();
  const users = await client.exists(Array.from({ length: live }, (_, i) => `user:${i}`));
  const cached = await client.exists(Array.from({ length: live }, (_, i) => `cache:live:${i}`));
  const doomedLeft = (await client.dbSize()) - users - cached - (await client.exists('journey:{meta}:cleanup:runs'));
  const liveLost = 2 * live - users - cached;
  return { name, ms, serverCpuMs: spent, doomedLeft, liveLost, worstPingMs: await worst, note };
}

async function serverCpuMs(): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`${name}:([0-9.]+)`).exec(info)?.[1]);
  return 1_000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

async function worstPing(signal: AbortSignal): Promise<number> {
  const pinger = createClient({ url: server.url });
  await pinger.connect();
  let worst = 0;
  while (!signal.aborted) {
    const start = performance.now();
    await pinger.ping();
    worst = Math.max(worst, performance.now() - start);
    await delay(1);
  }
  pinger.destroy();
  return worst;
}

async function shell(command: string): Promise<string> {
  const child = spawn('bash', ['-c', command], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? '' : `exit ${code}`;
}

const main = join(import.meta.dirname, '../src/cleanup-job/main.ts');

async function cleanup(...flags: string[]): Promise<string> {
  const args = [main, '--mode', 'unlink', '--min-idle-seconds', '0', '--max-delete', String(count + live), ...flags];
  const env = { ...process.env, JOURNEY_STORE_KIND: 'redis', JOURNEY_STORE_REDIS_URL: server.url };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  await once(child, 'close');
  const { run } = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '{}') as { run: CleanupRun };
  const { unlinked, p99BatchMs } = run.counts;
  return `unlinked ${unlinked}; the run without starting Node ${run.durationMs} ms; p99 batch ${p99BatchMs} ms`;
}

/** What one writes by hand in five minutes: no re-check, no lock, no limits, and everything under the prefix goes. */
async function bareLoop(): Promise<string> {
  let cursor = '0';
  let deleting: Promise<unknown> = Promise.resolve();
  do {
    const page = await client.scan(cursor, { MATCH: 'cache:*', COUNT: 1_000 });
    cursor = page.cursor;
    await deleting;
    deleting = page.keys.length === 0 ? Promise.resolve() : client.unlink(page.keys);
  } while (cursor !== '0');
  await deleting;
  return '';
}

const cli = `redis-cli -p ${server.port}`;
const contenders: [string, () => Promise<string>][] = [
  ['clean-up job, whole process', () => cleanup()],
  ['the same, big keys not measured', () => cleanup('--big-keys', '0')],
  [
    'redis-cli --scan, xargs -n 1000 redis-cli unlink',
    () => shell(`${cli} --scan --pattern 'cache:*' | xargs -n 1000 ${cli} unlink`),
  ],
  ['bare node-redis SCAN + UNLINK loop', bareLoop],
];
if (goEdition !== undefined) {
  contenders.push([
    'earlier Go edition (KEYS, then DEL one by one)',
    () => shell(`REDIS_HOST=127.0.0.1:${server.port} ${goEdition}`),
  ]);
}

console.log(spawnSync('redis-server', ['--version']).stdout.toString().trim());
console.log(`${count} keys without TTL under cache:, ${live} live ones with TTL there, ${live} under user:`);
console.log(`best of ${rounds} rounds, contenders in turn\n`);
const best = new Map<string, Result>();
for (let round = 0; round < rounds; round++) {
  for (const [name, work] of contenders) {
    const result = await measure(name, work);
    if (result.ms < (best.get(name)?.ms ?? Number.POSITIVE_INFINITY)) best.set(name, result);
  }
}
const ours = [...best.values()][0]?.ms ?? Number.NaN;
console.log('| | ms | time ÷ ours | server CPU ms | left behind | live keys lost | worst PING ms | |');
console.log('|---|---|---|---|---|---|---|---|');
for (const { name, ms, serverCpuMs: cpu, doomedLeft, liveLost, worstPingMs, note } of best.values()) {
  const cells = [
    name,
    Math.round(ms),
    (ms / ours).toFixed(2),
    Math.round(cpu),
    doomedLeft,
    liveLost,
    worstPingMs.toFixed(1),
    note,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
client.destroy();
for (const end of ends) await end();
