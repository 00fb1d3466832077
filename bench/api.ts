// `npm run bench:api`: cached reads per second, side by side with others in one run. Only ratios are worth comparing
// between machines. The contenders take turns in short rounds, so that whatever else the machine does hits all alike.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/support/redis-server.ts';
import { type Contender, hasRedis, hasWrk, load, type Round, residentMegabytes, start } from './api/contender.ts';

const { values: options } = parseArgs({
  options: {
    podinfo: { type: 'string', default: process.env['BENCH_PODINFO'] ?? '' },
    'go-edition': { type: 'string', default: process.env['BENCH_GO_EDITION'] ?? '' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
  },
});
const root = join(import.meta.dirname, '..');
const folder = await mkdtemp(join(tmpdir(), 'journey-bench-'));
const value = 'v'.repeat(100);
const skipped: string[] = [];
const contenders: Contender[] = [];
const servers: Contender[] = [];

async function add(name: string, begin: () => Promise<Contender>): Promise<void> {
  if (options.only !== '' && !options.only.split(',').includes(name)) return;
  try {
    contenders.push(await begin());
  } catch (error) {
    skipped.push(`${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const post = (path: string, body: string) => async (origin: string) => {
  const answer = await fetch(origin + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
};

async function api(name: string, env: Readonly<Record<string, string>>): Promise<Contender> {
  const port = await freePort();
  return start({
    name,
    command: process.execPath,
    args: [...process.execArgv, join(root, 'src/api/main.ts')],
    env: {
      JOURNEY_SERVER_HOST: '127.0.0.1',
      JOURNEY_SERVER_PORT: String(port),
      JOURNEY_SERVER_DRAIN_MS: '0',
      JOURNEY_STORE_SQLITE_FILE: join(folder, `${name.replace(/\W+/g, '-')}.sqlite`),
      JOURNEY_CACHE_NEAR_TTL_SECONDS: '3600',
      ...env,
    },
    port,
    path: '/api/v1/data/k',
    fill: post('/api/v1/data', JSON.stringify({ key: 'k', value })),
    stdout: join(folder, 'api.log'),
  });
}

async function withRedis(
  name: string,
  binary: string,
  more: (port: number, redis: number) => object,
): Promise<Contender> {
  if (binary === '') throw new Error(`no binary given (--${name === 'podinfo' ? 'podinfo' : 'go-edition'} PATH)`);
  if (!hasRedis) throw new Error('redis-server is not installed');
  const redis = await redisPort();
  const port = await freePort();
  return start({
    name,
    command: binary,
    port,
    stdout: '/dev/null',
    args: [],
    env: {},
    path: '/',
    ...more(port, redis),
  });
}

let redis: Promise<number> | undefined;
function redisPort(): Promise<number> {
  redis ??= (async () => {
    const { spawn } = await import('node:child_process');
    const { onCore } = await import('./api/contender.ts');
    const port = await freePort();
    const [command, args] = onCore(1, 'redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1']);
    const child = spawn(command, args, { stdio: 'ignore' });
    servers.push({ name: 'redis', url: '', pid: child.pid ?? 0, stop: async () => void child.kill('SIGTERM') });
    return port;
  })();
  return redis;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

try {
  if (!hasWrk) throw new Error('wrk is not installed: apt-get install wrk');
  await add('bare', async () => {
    const port = await freePort();
    const args = [...process.execArgv, join(root, 'bench/api/bare-http.ts')];
    const env = { PORT: String(port) };
    return start({
      name: 'bare',
      command: process.execPath,
      args,
      env,
      port,
      path: '/api/v1/data/k',
      stdout: '/dev/null',
    });
  });
  await add('cached', () => api('cached', {}));
  await add('store', () => api('store', { JOURNEY_CACHE_MAX_BYTES: '0' }));
  await add('podinfo', () =>
    withRedis('podinfo', options.podinfo, (port, redisAt) => ({
      args: ['--port', String(port), '--cache-server', `tcp://127.0.0.1:${redisAt}`, '--level', 'error'],
      path: '/cache/k',
      fill: post('/cache/k', value),
    })),
  );
  await add('go-edition', () =>
    withRedis('go-edition', options['go-edition'], (port, redisAt) => ({
      env: { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redisAt), PORT: String(port), GIN_MODE: 'release' },
      path: '/api/v1/data/k',
      fill: post('/api/v1/data', JSON.stringify({ key: 'k', value })),
    })),
  );
  const idle = new Map(contenders.map((c) => [c.name, residentMegabytes(c.pid)]));
  const rounds = new Map<string, Round[]>(contenders.map((c) => [c.name, []]));
  for (const contender of contenders) load(contender, 1); // warm-up
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const contender of contenders) rounds.get(contender.name)?.push(load(contender, Number(options.seconds)));
  }
  const column = (name: string, pick: (round: Round) => number): number[] => (rounds.get(name) ?? []).map(pick);
  /** Median of the ratios of each round, not ratio of the medians: neighbours in time are comparable. */
  const ratio = (name: string, to: string, pick: (round: Round) => number): string => {
    const own = column(name, pick);
    const other = column(to, pick);
    return other.length === 0 ? '–' : median(own.map((v, i) => v / (other[i] ?? Number.NaN))).toFixed(2);
  };
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(13))).join('');
  console.log(
    row(['', 'requests/s', '× bare', '× podinfo', 'cpu µs/req', 'cpu bare/own', 'p99 ms', 'idle MB', 'loaded MB']),
  );
  for (const { name, pid } of contenders) {
    const cpuRatio = ratio('bare', name, (r) => r.cpuMicroseconds);
    console.log(
      row([
        name,
        median(column(name, (r) => r.requestsPerSecond)).toFixed(0),
        ratio(name, 'bare', (r) => r.requestsPerSecond),
        ratio(name, 'podinfo', (r) => r.requestsPerSecond),
        median(column(name, (r) => r.cpuMicroseconds)).toFixed(2),
        cpuRatio,
        median(column(name, (r) => r.p99Milliseconds)).toFixed(2),
        (idle.get(name) ?? 0).toFixed(0),
        residentMegabytes(pid).toFixed(0),
      ]),
    );
  }
  for (const line of skipped) console.log(line);
} finally {
  for (const contender of [...contenders, ...servers]) await contender.stop();
  await rm(folder, { recursive: true, force: true });
}
