// Warm start of the whole stack, from our first instruction to the last program ready, beside a bare Node on the same
// machine in the same run; and what it holds in memory. `node_modules/.bin/node bench/start.ts [starts]`
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '..');
const bin = join(root, 'bin/journey.mjs');
const starts = Number(process.argv[2] ?? 7);
const dir = mkdtempSync(join(tmpdir(), 'journey-bench-'));
const bundles = join(root, '.cache/bundles');
const args = [bin, 'start', '--dir', dir, '--port', '0', '--metrics-port', '0', '--lang', 'en'];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = performance.now() + 120_000; performance.now() < end; await delay(5)) {
    const seen = look();
    if (seen !== undefined) return seen;
  }
  throw new Error(`waited in vain: ${what}`);
}

interface Start {
  readonly child: ChildProcess;
  readonly readyMs: number;
  readonly pids: readonly number[];
}

async function start(): Promise<Start> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  // A slow start names each program when it is ready, in the welcome or on a line of its own.
  const isReady = (name: string) => new RegExp(`${name}( .* | is )ready`).test(said);
  const areReady = () => said.includes('All ready after') || ['api', 'log-collector'].every(isReady);
  await waitFor('the programs are ready', () => areReady() || undefined);
  const readyMs = performance.now() - began;
  const running = JSON.parse(readFileSync(join(dir, 'run/processes.json'), 'utf8')) as { pid: number }[];
  return { child, readyMs, pids: [child.pid ?? 0, ...running.map(({ pid }) => pid)] };
}

async function stop({ child }: Start): Promise<void> {
  child.kill('SIGINT');
  await once(child, 'exit');
}

/** Resident and proportional size in MiB; memory that several Nodes share counts fully in each one's resident size. */
function memoryOf(pid: number): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1]) / 1_024;
  return { rss: field('Rss'), pss: field('Pss') };
}

// Whatever an earlier start made of other sources.
rmSync(bundles, { recursive: true, force: true });
try {
  const first = await start();
  const isThere = () => existsSync(bundles) && readdirSync(bundles).some((name) => !name.endsWith('.draft'));
  await waitFor('bundles', () => isThere() || undefined);
  await stop(first);
  const bare: number[] = [];
  const warm: number[] = [];
  for (let i = 0; i < starts; i++) {
    const began = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bare.push(performance.now() - began);
    const started = await start();
    warm.push(started.readyMs);
    if (i === starts - 1 && existsSync('/proc/self/smaps_rollup')) {
      await delay(5_000);
      const sizes = started.pids.map(memoryOf);
      const sum = (key: 'rss' | 'pss') => sizes.reduce((total, size) => total + size[key], 0).toFixed(0);
      const names = ['supervisor', 'program', 'program'];
      for (const [n, { rss, pss }] of sizes.entries())
        console.log(`${names[n]}: RSS ${rss.toFixed(0)} MiB, PSS ${pss.toFixed(0)} MiB`);
      console.log(`together: RSS ${sum('rss')} MiB, PSS ${sum('pss')} MiB`);
    }
    await stop(started);
  }
  console.log(
    `first start ${first.readyMs.toFixed(0)} ms; warm start, median of ${starts}: ${median(warm).toFixed(0)} ms`,
  );
  console.log(`a bare Node takes ${median(bare).toFixed(0)} ms: ${(median(warm) / median(bare)).toFixed(1)} times`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
