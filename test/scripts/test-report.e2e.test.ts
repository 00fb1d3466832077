import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';
import { longestFirst, longestTests } from '../../scripts/longest-tests.ts';
import { isAlive } from '../../src/supervisor/process/process-identity.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const runner = resolve(import.meta.dirname, '../../scripts/run-tests.mjs');
const head = "import test, { describe, it } from 'node:test';\n";

/** Runs the real runner over test files with the given bodies. */
function runTests(t: TestContext, files: Readonly<Record<string, string>>, timeoutMs = 30_000, ...args: string[]) {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'cases'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, 'cases', `${name}.test.ts`), body);
  const env: NodeJS.ProcessEnv = { ...process.env, JOURNEY_TEST_TIMEOUT_MS: String(timeoutMs) };
  const done = spawnSync(process.execPath, [runner, 'cases', ...args], { cwd: folder, env, encoding: 'utf8' });
  return {
    status: done.status,
    output: done.stdout,
    last: done.stdout.trimEnd().split('\n').at(-1),
    stderr: done.stderr,
  };
}

test('leaves are counted, failures shown in full, skips named with their reason, and the last line sums up', (t) => {
  const { status, output, last } = runTests(t, {
    a: `${head}describe('s', () => { it('x', () => {}); it('y', () => { throw new Error('boom'); }); });
      test('skipped', { skip: 'needs a moon' }, () => {}); test('todo', { todo: 'write it' }, () => {});`,
    b: `${head}test('one', () => {});`,
  });
  assert.equal(last, '2 passed, 1 failed, 2 skipped');
  assert.match(output, /Error: boom/);
  assert.match(output, /a\.test\.ts: skipped: needs a moon/);
  assert.match(output, /a\.test\.ts: todo: write it/);
  assert.match(output, /✓ .*b\.test\.ts \(1 passed\)/);
  assert.equal(status, 1);
});

test('all green is exit code 0 and says nothing of skips', (t) => {
  const { status, last } = runTests(t, { a: `${head}test('one', () => {});` });
  assert.deepEqual([status, last], [0, '1 passed, 0 failed']);
});

test('the name of a file says what kind of test it holds: --fast leaves out what takes a whole system', (t) => {
  const body = `${head}test('one', () => {});`;
  const kinds = { unit: body, 'stack.e2e': body, 'cluster.live': body };
  const { last, output } = runTests(t, kinds, undefined, '--fast');
  assert.equal(last, '1 passed, 0 failed');
  assert.match(output, /unit\.test\.ts/);
  assert.equal(runTests(t, { 'stack.e2e': body }).last, '1 passed, 0 failed');
});

test('a question for help or an option that is not there runs nothing', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', timeout: 10_000 });
  const help = run('--help');
  assert.deepEqual([help.status, /Usage: npm test .*--fast/.test(help.stdout)], [0, true]);
  const { status, stderr } = run('src', '--quick');
  assert.equal(status, 2);
  assert.match(stderr, /no option --quick; usage: npm test/);
});

test('whatever way a file goes wrong, it is one failure with its reason', (t) => {
  const bad = {
    'ends-early': [`${head}test('a', () => {}); test('b', () => process.exit(0));`, /ran no test, or ended/],
    'ends-early-with-3': [`${head}test('a', () => {}); test('b', () => process.exit(3));`, /exit code 3/],
    'ends-when-results-are-out': [
      `${head}test('a', () => {}); test('b', () => new Promise(() => setTimeout(() => process.exit(0), 500)));`,
      /ran no test, or ended|before its tests were done/,
    ],
    'is-killed': ["process.kill(process.pid, 'SIGKILL');", /signal SIGKILL/],
    'does-not-parse': ['const x = ;', /SyntaxError/],
    'holds-no-test': ["console.log('nothing here');", /ran no test/],
    'holds-an-empty-suite': [`${head}describe('s', () => {});`, /ran no test/],
    'throws-while-loading': ["throw new Error('no good');", /no good/],
  } as const;
  const bodies = Object.entries(bad).map(([name, [body]]) => [name, body]);
  const { status, output } = runTests(t, { ...Object.fromEntries(bodies), good: `${head}test('fine', () => {});` });
  assert.equal(status, 1);
  assert.match(output, /✓ .*good\.test\.ts \(1 passed\)/);
  for (const [name, [, shown]] of Object.entries(bad)) {
    assert.match(output, new RegExp(`^✗ .*/${name}\\.test\\.ts \\([01] passed, 1 failed\\)$`, 'm'));
    const told = new RegExp(`\n\n✗ .*/${name}\\.test\\.ts: .*\n((?: {4}.*\n)+)`).exec(output);
    assert.match(told?.[1] ?? '', shown, name);
  }
});

test('a file that never ends is ended and counted as failed', (t) => {
  const { status, last, output } = runTests(
    t,
    { leak: `${head}test('a', () => {}); setInterval(() => {}, 1000);` },
    3_000,
  );
  assert.deepEqual([status, last], [1, '1 passed, 1 failed']);
  assert.match(output, /something it started is still open/);
});

test('tests that stand in a file of their own count where they are run', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'shared.ts'), `${head}export const suite = () => test('shared', () => {});`);
  const shared = JSON.stringify(join(folder, 'shared.ts'));
  const { status, last } = runTests(t, { a: `import { suite } from ${shared}; suite();` });
  assert.deepEqual([status, last], [0, '1 passed, 0 failed']);
});

test('a run in which every test was skipped is a failure', (t) => {
  const { status, output, last } = runTests(t, { a: `${head}test('a', { skip: 'no' }, () => {});` });
  assert.deepEqual([status, last], [1, '0 passed, 1 failed, 1 skipped']);
  assert.match(output, /no test was run/);
});

test('a lone file that crashes before its first test is a failure, not an empty success', (t) => {
  const { status, last } = runTests(t, { bad: 'process.exit(0);' });
  assert.deepEqual([status, last], [1, '0 passed, 1 failed']);
});

test('a file that is done is told of while one that was started earlier goes on', (t) => {
  const { output } = runTests(t, {
    a: `${head}test('late', async () => { await new Promise((r) => setTimeout(r, 2_000)); throw new Error('late'); });`,
    b: `${head}test('early', () => { throw new Error('early'); });`,
  });
  assert.match(
    output,
    /^✗ .*b\.test\.ts: early\n {4}Error: early\n(?: {4}.*\n)*✗ .*a\.test\.ts: late\n {4}Error: late\n/,
  );
});

for (const [what, more, status] of [
  ['SIGTERM', '', 143],
  ['SIGINT', '', 130],
  ['SIGTERM, one of which is deaf to it,', "process.on('SIGTERM', () => undefined);", 143],
] as const) {
  test(`a run that is ended by ${what} ends its files and all that they have started`, {
    timeout: 60_000,
  }, async (t) => {
    const folder = tempFolder(t);
    mkdirSync(join(folder, 'cases'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    // A child that has left the group and whose parent will be gone, and a child of that; both without our environment.
    const started = join(folder, 'started');
    const lasting = 'setInterval(() => undefined, 1_000);';
    const grandchild = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.pid + '\\n'); ${lasting}`;
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore', env: {} }); ${grandchild}`;
    writeFileSync(
      join(folder, 'cases', 'a.test.ts'),
      `${head}import { spawn } from 'node:child_process';
      import { appendFileSync } from 'node:fs';
      ${more}
      test('lasts', async () => {
        spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: 'ignore', env: {} }).unref();
        appendFileSync(${JSON.stringify(started)}, process.pid + '\\n');
        await new Promise(() => setInterval(() => undefined, 1_000));
      });`,
    );
    const env: NodeJS.ProcessEnv = { ...process.env, JOURNEY_TEST_GRACE_MS: '500' };
    const run = spawn(process.execPath, [runner, 'cases'], { cwd: folder, env, stdio: 'ignore' });
    const ended = once(run, 'exit');
    let pids: readonly number[] = [];
    const left = () => pids.filter((pid) => isAlive({ pid, start: undefined }, process));
    t.after(() => {
      run.kill('SIGKILL');
      for (const pid of left()) process.kill(pid, 'SIGKILL');
    });
    const all = () => {
      pids = existsSync(started) ? readFileSync(started, 'utf8').trim().split('\n').map(Number) : [];
      return pids.length === 3;
    };
    await until('the file, its child and that one’s', all, { timeoutMs: 60_000, everyMs: 20 });
    run.kill(what.split(',')[0] as NodeJS.Signals);
    assert.deepEqual(await ended, [status, null]);
    assert.deepEqual(left(), []);
  });
}

test('a file with a cluster has the time to take it down when the run is ended', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'cases'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const support = resolve(import.meta.dirname, '../cluster/support/at-the-end.ts');
  const [up, down] = [join(folder, 'up'), join(folder, 'down')];
  writeFileSync(
    join(folder, 'cases', 'a.test.ts'),
    `${head}import { writeFileSync } from 'node:fs';
    import { setTimeout as delay } from 'node:timers/promises';
    import { atTheEnd } from ${JSON.stringify(support)};
    test('lasts', async () => {
      atTheEnd(async () => { await delay(500); writeFileSync(${JSON.stringify(down)}, ''); });
      writeFileSync(${JSON.stringify(up)}, '');
      await new Promise(() => setInterval(() => undefined, 1_000));
    });`,
  );
  const run = spawn(process.execPath, [runner, 'cases'], { cwd: folder, stdio: 'ignore' });
  const ended = once(run, 'exit');
  t.after(() => run.kill('SIGKILL'));
  await until('the cluster', () => existsSync(up), { timeoutMs: 60_000, everyMs: 20 });
  run.kill('SIGTERM');
  assert.deepEqual(await ended, [143, null]);
  assert.ok(existsSync(down));
});

test('the longest files are started first, those that wait beside the others, and there are such files', () => {
  const root = resolve(import.meta.dirname, '../..');
  const of = (kind: 'waiting' | 'computing') => longestTests[kind].map((file) => resolve(root, file));
  const [[slow = ''], [first = '', second = '']] = [of('waiting'), of('computing')];
  const sorted = longestFirst(['/a', second, slow, '/b', first], root);
  assert.deepEqual(sorted, { waiting: [slow], computing: [first, second, '/a', '/b'] });
  for (const file of [...of('waiting'), ...of('computing')]) assert.ok(existsSync(file), `${file} is gone`);
});

test('a path without tests, or that does not exist, is an error that names it', (t) => {
  const { status, stderr } = runTests(t, {});
  assert.deepEqual([status, stderr], [2, 'npm test: no *.test.ts file under cases\n']);
});
