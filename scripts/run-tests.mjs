// Runs every test file, or those under the paths given: `npm test -- src/config test/cache/redis.test.ts`. Those that make
// clusters and images (`*.live.test.ts`) come last; `--fast` leaves them out, `--live` runs only them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { root } from './installed.mjs';
import { TestReport } from './test-report.mjs';

/** Longest time one test may take that does not say so itself. */
const testTimeoutMs = Number(process.env.JOURNEY_TEST_TIMEOUT_MS ?? 120_000);
/** When nothing at all is reported for this long, what still runs (a forgotten server, an endless loop) is ended. */
const silenceMs = testTimeoutMs * 1.25;
/** Waiting for a cluster can be a long silence; what is alive prints something now and then. */
const liveSilenceMs = 15 * 60_000;
const sharedCluster = resolve(root, 'test/cluster');
/** On an empty cluster first; what it leaves behind last. */
const order = ['stack.live.test.ts', '', 'leftovers.live.test.ts'];

const args = process.argv.slice(2);
const fast = args.includes('--fast');
const onlyLive = args.includes('--live');
const files = findFiles(args.filter((arg) => !arg.startsWith('--')));
const liveFiles = files.filter(isLive);
const onSharedCluster = liveFiles.filter((file) => dirname(file) === sharedCluster).sort(byOrder);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const report = new TestReport({ root, output: process.env.JOURNEY_TEST_OUTPUT !== undefined });
if (liveFiles.length > 0) {
  // One cluster for all files beside each other in test/cluster.
  process.env.JOURNEY_TEST_CLUSTER = `test${process.pid}`;
  if (process.env.JOURNEY_TEST_KUBECONFIG === undefined) await script('prepare-machine.ts');
}
try {
  // Most tests wait, for clocks and sockets.
  await runFiles(
    files.filter((file) => !isLive(file)),
    4,
    silenceMs,
  );
  await Promise.all([
    runFiles(onSharedCluster, 1, liveSilenceMs),
    runFiles(
      liveFiles.filter((file) => !onSharedCluster.includes(file)),
      1,
      liveSilenceMs,
    ),
  ]);
} finally {
  if (onSharedCluster.length > 0) await script('remove-test-cluster.ts');
}
process.stdout.write(report.close(files));
process.exitCode = report.ok ? 0 : 1;

async function runFiles(some, concurrency, silentForMs) {
  if (some.length === 0 || stop.signal.aborted) return;
  const silent = new AbortController();
  const signal = AbortSignal.any([stop.signal, silent.signal]);
  const silence = setTimeout(() => silent.abort(), silentForMs);
  for await (const event of run({ files: some, cwd: root, concurrency, timeout: testTimeoutMs, signal })) {
    silence.refresh();
    process.stdout.write(report.add(event));
  }
  clearTimeout(silence);
}

/** Runs a script of the cluster tests and lets it say what it does. */
async function script(name) {
  const child = spawn(process.execPath, [resolve(sharedCluster, 'support', name)], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) fail(`${name} ended with exit code ${code}`);
}

function findFiles(paths) {
  const folders = paths.length > 0 ? paths.map((path) => resolve(path)) : [resolve(root, 'src'), resolve(root, 'test')];
  const found = new Set();
  for (const path of folders) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) fail(`there is no ${relative(process.cwd(), path)}`);
    if (!stat.isDirectory()) found.add(path);
    else for (const file of globSync('**/*.test.ts', { cwd: path })) found.add(resolve(path, file));
  }
  const wanted = [...found].filter((file) => (isLive(file) ? !fast : !onlyLive)).sort();
  if (wanted.length === 0) {
    fail(`no *.test.ts file under ${folders.map((path) => relative(process.cwd(), path)).join(', ')}`);
  }
  return wanted;
}

function isLive(file) {
  return file.endsWith('.live.test.ts');
}

function byOrder(a, b) {
  const rank = (file) => (order.includes(basename(file)) ? order.indexOf(basename(file)) : 1);
  return rank(a) - rank(b);
}

function fail(message) {
  process.stderr.write(`npm test: ${message}\n`);
  process.exit(2);
}
