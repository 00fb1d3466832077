// Runs every test file, or those under the paths given: `npm test -- src/config test/cache/redis.test.ts`. By their names:
// unit and integration tests; end-to-end tests on this machine (`*.e2e.test.ts`: the whole stack, an installation, a
// browser, a container's limits); and those that make clusters and images (`*.live.test.ts`), which come last. `--fast`
// runs only the first kind, `--live` only the last.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { basename, dirname, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { bundledMain } from '../test/support/bundles.ts';
import { root } from './installed.mjs';
import { longestFirst } from './longest-tests.ts';
import { ProcessTrees } from './process-trees.ts';
import { TestReport } from './test-report.mjs';

/** Longest time one test may take that does not say so itself. */
const testTimeoutMs = Number(process.env.JOURNEY_TEST_TIMEOUT_MS ?? 120_000);
/** When nothing at all is reported for this long, what still runs (a forgotten server, an endless loop) is ended. */
const silenceMs = testTimeoutMs * 1.25;
/** Waiting for a cluster can be a long silence; what is alive prints something now and then. */
const liveSilenceMs = 15 * 60_000;
/** How long a test file that is told to stop may take to end what it started; one with a cluster takes that down. */
const graceMs = Number(process.env.JOURNEY_TEST_GRACE_MS ?? 10_000);
const liveGraceMs = 180_000;
const clusterTests = resolve(root, 'test/cluster');
/** Files that share a cluster: from an empty one to what it leaves behind; those not named come before the last. */
const order = ['stack.live.test.ts', 'verify-faults.live.test.ts', '', 'leftovers.live.test.ts'];
/** As long as all the others together, so on a cluster of its own beside them. */
const apart = 'verify-faults.live.test.ts';

// Set by a test that starts us: the runner would take us for one of its files, and run none.
delete process.env.NODE_TEST_CONTEXT;
const args = process.argv.slice(2);
const usage = 'npm test [-- [--fast | --live] [file or folder …]]';
const unknown = args.find((arg) => arg.startsWith('-') && !['--fast', '--live'].includes(arg));
if (unknown === '--help' || unknown === '-h') {
  process.stdout.write(
    `Usage: ${usage}\n  --fast  only unit and integration tests\n  --live  only those that make clusters and images\n`,
  );
  process.exit(0);
}
if (unknown !== undefined) fail(`there is no option ${unknown}; usage: ${usage}`);
const fast = args.includes('--fast');
const onlyLive = args.includes('--live');
const files = findFiles(args.filter((arg) => !arg.startsWith('--')));
const liveFiles = files.filter(isLive);
const named = process.env.JOURNEY_TEST_KUBECONFIG !== undefined;
const shares = (file) => dirname(file) === clusterTests && (named || basename(file) !== apart);
const sharing = liveFiles.filter(shares).sort((a, b) => rank(a) - rank(b));
const cluster = `test${process.pid}`;

const stop = new AbortController();
let stoppedBy;
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    stoppedBy ??= signal;
    abort(stop);
  });
}
const report = new TestReport({ root, output: process.env.JOURNEY_TEST_OUTPUT !== undefined });
// Minutes on a new machine, so in view and before anything waits for it.
if (liveFiles.length > 0 && !named) await script('prepare-machine.ts', {}, stop.signal);
const localFiles = files.filter((file) => !isLive(file));
// Else the first files that start programs would all make them, at once.
if (localFiles.some((file) => file.startsWith(resolve(root, 'test')))) bundle();
const { waiting, computing } = longestFirst(localFiles, root);
const together = { silentForMs: silenceMs, endsWithinMs: graceMs };
// The others wait now and then as well.
const concurrency = Math.min(10, Math.max(4, 2 * availableParallelism()));
await Promise.all([
  runFiles(waiting, { ...together, concurrency: Math.ceil(concurrency / 2) }),
  runFiles(computing, { ...together, concurrency }),
]);
const others = liveFiles.filter((file) => !shares(file));
const isApart = (file) => basename(file) === apart;
const alone = { concurrency: 1, silentForMs: liveSilenceMs, endsWithinMs: liveGraceMs };
try {
  await Promise.all([
    runFiles(sharing, { ...alone, env: { ...process.env, JOURNEY_TEST_CLUSTER: cluster } }),
    runFiles(others.filter(isApart), alone),
    runFiles(
      others.filter((file) => !isApart(file)),
      alone,
    ),
  ]);
} finally {
  if (sharing.length > 0 && !named) await script('remove-test-cluster.ts', { JOURNEY_TEST_CLUSTER: cluster });
}
process.stdout.write(report.close(files));
process.exitCode = stoppedBy !== undefined ? 128 + constants.signals[stoppedBy] : report.ok ? 0 : 1;

/** Node ends the test files at once, with a signal; what they have started is looked up before. */
function abort(controller) {
  for (const trees of running) trees.look();
  controller.abort();
}

async function runFiles(some, { concurrency, silentForMs, endsWithinMs, env }) {
  if (some.length === 0 || stop.signal.aborted) return;
  const silent = new AbortController();
  const signal = AbortSignal.any([stop.signal, silent.signal]);
  const silence = setTimeout(() => abort(silent), silentForMs);
  const trees = new ProcessTrees((args) => some.some((file) => args.includes(file)));
  running.add(trees);
  const options = { cwd: root, timeout: testTimeoutMs, signal, ...(env === undefined ? {} : { env }) };
  const waiting = [...some];
  // One run a file: within a run a file that is done is not told of before all those that were started earlier are.
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined && !signal.aborted; file = waiting.shift()) {
      for await (const event of run({ ...options, files: [file] })) {
        silence.refresh();
        // A test may stand in a file that several share, a conformance suite; it counts where it was run.
        const { type, data } = event;
        process.stdout.write(report.add({ type, data: data?.file === undefined ? data : { ...data, file } }));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  clearTimeout(silence);
  if (signal.aborted) await trees.end(endsWithinMs);
  running.delete(trees);
}

/** What cannot be bundled, the tests say of each program. */
function bundle() {
  try {
    bundledMain('api');
  } catch {}
}

/** Runs a script of the cluster tests and lets it say what it does. */
async function script(name, env = {}, signal = undefined) {
  const file = resolve(clusterTests, 'support', name);
  const child = spawn(process.execPath, [file], { stdio: 'inherit', env: { ...process.env, ...env } });
  const trees = new ProcessTrees((args) => args.includes(file));
  if (signal !== undefined) running.add(trees);
  signal?.addEventListener('abort', () => child.kill(), { once: true });
  const [code] = await once(child, 'exit');
  running.delete(trees);
  if (signal?.aborted) await trees.end(0);
  else if (code !== 0) fail(`${name} ended with exit code ${code}`);
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
  const isLeftOut = (file) => (fast && (isLive(file) || isEndToEnd(file))) || (onlyLive && !isLive(file));
  const wanted = [...found].filter((file) => !isLeftOut(file)).sort();
  if (wanted.length === 0) {
    fail(`no *.test.ts file under ${folders.map((path) => relative(process.cwd(), path)).join(', ')}`);
  }
  return wanted;
}

function isLive(file) {
  return file.endsWith('.live.test.ts');
}

function isEndToEnd(file) {
  return file.endsWith('.e2e.test.ts');
}

function rank(file) {
  const place = order.indexOf(basename(file));
  return place < 0 ? order.indexOf('') : place;
}

function fail(message) {
  process.stderr.write(`npm test: ${message}\n`);
  process.exit(2);
}
