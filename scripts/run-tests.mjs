// Runs every test file, or those under the paths given: `npm test -- src/config test/cache/redis.test.ts`; with `--live`
// those that make a cluster.
import { globSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { root } from './installed.mjs';
import { TestReport } from './test-report.mjs';

/** Longest time one test may take. */
const testTimeoutMs = Number(process.env.JOURNEY_TEST_TIMEOUT_MS ?? 120_000);

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== '--live').map((path) => resolve(path));
/** `*.live.test.ts` make clusters and images, for minutes each: they run when asked for, one after the other. */
const isLive = (file) => file.endsWith('.live.test.ts');
const live = args.includes('--live') || wanted.some(isLive);
/** When nothing at all is reported for this long, what still runs (a forgotten server, an endless loop) is ended. */
const silenceMs = live ? 15 * 60_000 : testTimeoutMs * 1.25;
const folders = wanted.length > 0 ? wanted : [resolve(root, 'src'), resolve(root, 'test')];
const files = new Set();
for (const path of folders) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) fail(`there is no ${relative(process.cwd(), path)}`);
  const found = stat.isDirectory()
    ? globSync('**/*.test.ts', { cwd: path }).map((file) => resolve(path, file))
    : [path];
  for (const file of found) if (args.includes('--live') ? isLive(file) : live || !isLive(file)) files.add(file);
}
if (files.size === 0)
  fail(`no *.test.ts file under ${folders.map((path) => relative(process.cwd(), path)).join(', ')}`);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const report = new TestReport({ root, output: process.env.JOURNEY_TEST_OUTPUT !== undefined });
const events = run({
  files: [...files].sort(),
  cwd: root,
  // Most of them wait, for clocks and sockets.
  concurrency: live ? 1 : 4,
  timeout: testTimeoutMs,
  signal: stop.signal,
});
const silence = setTimeout(() => stop.abort(), silenceMs);
for await (const event of events) {
  silence.refresh();
  process.stdout.write(report.add(event));
}
clearTimeout(silence);
process.stdout.write(report.close([...files]));
process.exitCode = report.ok ? 0 : 1;

function fail(message) {
  process.stderr.write(`npm test: ${message}\n`);
  process.exit(2);
}
