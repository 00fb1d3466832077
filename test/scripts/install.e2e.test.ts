import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const repository = resolve(import.meta.dirname, '../..');

/** What npm does to a project, as far as we can see it; the environment says what goes wrong. */
const fakeNpm = `
const { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const [command] = process.argv.slice(2);
appendFileSync('calls', command + '\\n');
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const binary = () => { mkdirSync('node_modules/node/bin', { recursive: true }); symlinkSync(process.env.REAL_NODE, 'node_modules/node/bin/node'); };
if (command === 'ci') {
  if (process.env.NPM_FAILS) { console.error('npm error network'); process.exit(7); }
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules/node', { recursive: true });
  writeFileSync('installing', String(process.pid));
  while (process.env.NPM_HANGS && existsSync('installing')) sleep(20);
  sleep(300);
  writeFileSync('node_modules/node/package.json', '{"version":"1.0.0"}');
  if (!process.env.NPM_IGNORES_SCRIPTS) binary();
  writeFileSync('node_modules/.package-lock.json', '{"packages":{"node_modules/node":{"version":"1.0.0"}}}');
} else if (process.env.NPM_IGNORES_SCRIPTS !== 'always') binary();
`;

class Clone {
  readonly folder: string;
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.folder = tempFolder(t);
    for (const part of ['bin', 'scripts']) cpSync(join(repository, part), this.path(part), { recursive: true });
    writeFileSync(this.path('package.json'), '{"type":"module"}');
    writeFileSync(this.path('package-lock.json'), '{"packages":{"":{},"node_modules/node":{"version":"1.0.0"}}}');
    mkdirSync(this.path('src/cli'), { recursive: true });
    writeFileSync(this.path('src/cli/main.ts'), "console.log('ran', ...process.argv.slice(2));");
    mkdirSync(this.path('npm'));
    writeFileSync(this.path('npm/npm-cli.cjs'), fakeNpm);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get calls(): string[] {
    return existsSync(this.path('calls')) ? readFileSync(this.path('calls'), 'utf8').trim().split('\n') : [];
  }

  start(env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [this.path('bin/journey.mjs'), 'hello'], {
      env: { PATH: '/nonexistent', REAL_NODE: process.execPath, npm_execpath: this.path('npm/npm-cli.cjs'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#t.after(() => child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const done = new Promise<{ code: number | null; stdout: string; stderr: string }>((settle) => {
      child.on('close', (code) => settle({ code, stdout, stderr }));
    });
    return { child, done, stderr: () => stderr };
  }
}

test('the first start installs once and runs; the next neither installs nor needs npm', async (t) => {
  const clone = new Clone(t);
  assert.equal((await clone.start().done).stdout, 'ran hello\n');
  assert.deepEqual(clone.calls, ['ci']);
  assert.deepEqual(await clone.start({ npm_execpath: '' }).done, { code: 0, stdout: 'ran hello\n', stderr: '' });
  assert.deepEqual(clone.calls, ['ci']);
});

test('two first starts at once install once, and both run', async (t) => {
  const clone = new Clone(t);
  const both = await Promise.all([clone.start().done, clone.start().done]);
  assert.deepEqual([both[0].stdout, both[1].stdout], ['ran hello\n', 'ran hello\n']);
  assert.deepEqual(clone.calls, ['ci']);
  assert.match(both[0].stderr + both[1].stderr, /another install is running/);
});

test('an install killed half-way is done again by the next start', async (t) => {
  const clone = new Clone(t);
  const first = clone.start({ NPM_HANGS: '1' });
  const npm = await until('npm is at work', () => readFileSync(clone.path('installing'), 'utf8') || undefined);
  first.child.kill('SIGKILL');
  process.kill(Number(npm), 'SIGKILL');
  await first.done;
  assert.ok(existsSync(clone.path('.cache/install.lock')), 'the lock was left behind');
  assert.equal((await clone.start().done).stdout, 'ran hello\n');
  assert.deepEqual(clone.calls, ['ci', 'ci']);
});

test('an npm that outlives its killed starter is waited for, not raced', async (t) => {
  const clone = new Clone(t);
  const first = clone.start({ NPM_HANGS: '1' });
  await until('npm is at work', () => existsSync(clone.path('installing')));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = clone.start();
  await until('the second waits', () => second.stderr().includes('another install is running'));
  rmSync(clone.path('installing'));
  assert.equal((await second.done).stdout, 'ran hello\n');
  assert.deepEqual(clone.calls, ['ci']);
});

test('an npm that ignores scripts is asked to run the one that brings Node', async (t) => {
  const clone = new Clone(t);
  assert.equal((await clone.start({ NPM_IGNORES_SCRIPTS: '1' }).done).stdout, 'ran hello\n');
  assert.deepEqual(clone.calls, ['ci', 'rebuild']);
});

test('an npm that refuses even that gets the command to type', async (t) => {
  const { code, stderr } = await new Clone(t).start({ NPM_IGNORES_SCRIPTS: 'always' }).done;
  assert.equal(code, 1);
  assert.match(stderr, /npm rebuild node --ignore-scripts=false/);
});

test('what was installed by hand is taken as it is, offline', async (t) => {
  const clone = new Clone(t);
  mkdirSync(clone.path('node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, clone.path('node_modules/node/bin/node'));
  writeFileSync(clone.path('node_modules/node/package.json'), '{"version":"1.0.0"}');
  writeFileSync(
    clone.path('node_modules/.package-lock.json'),
    '{"packages":{"node_modules/node":{"version":"1.0.0"}}}',
  );
  assert.deepEqual(await clone.start({ npm_execpath: '' }).done, { code: 0, stdout: 'ran hello\n', stderr: '' });
  assert.deepEqual(clone.calls, []);
});

test('the pinned Node goes on as it is; another one hands over to it; both keep the young generation small', async (t) => {
  const clone = new Clone(t);
  writeFileSync(
    clone.path('src/cli/main.ts'),
    `import { getHeapSpaceStatistics } from 'node:v8';
    let kept: object[] = [];
    // Few at a time: more than fit would take pages beyond what the young generation may grow to.
    for (let i = 0; i < 3_000_000; i++) {
      kept.push({ i });
      if (kept.length > 10_000) kept = kept.slice(5_000);
    }
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    // Two halves of 1 MiB; left to itself it grows to 16 MiB here.
    const isSmall = young.space_size <= 4 * 1024 * 1024;
    console.log(process.execArgv.length, isSmall, process.env.FROM ?? 'here', ...process.argv.slice(2));`,
  );
  await clone.start().done;
  assert.equal((await clone.start().done).stdout, '0 true here hello\n');
  const node = clone.path('node_modules/node/bin/node');
  rmSync(node);
  writeFileSync(node, `#!/bin/sh\nFROM=handed exec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  assert.equal((await clone.start().done).stdout, '1 true handed hello\n');
});

test('a changed lock file installs again', async (t) => {
  const clone = new Clone(t);
  await clone.start().done;
  writeFileSync(
    clone.path('package-lock.json'),
    '{"packages":{"":{},"node_modules/node":{"version":"1.0.0"},"node_modules/new":{"version":"1.0.0"}}}',
  );
  await clone.start().done;
  assert.deepEqual(clone.calls, ['ci', 'ci']);
});

test('a failed install says so, leaves no trace of success, and the next start tries again', async (t) => {
  const clone = new Clone(t);
  const { code, stderr } = await clone.start({ NPM_FAILS: '1' }).done;
  assert.equal(code, 1);
  assert.match(stderr, /npm error network\njourney: npm ci ended with exit code 7/);
  assert.equal((await clone.start().done).code, 0);
});

test('without npm anywhere the message says what to install', async (t) => {
  // Through a link in a folder of its own: the Node that runs the tests may have npm beside it.
  const clone = new Clone(t);
  const { code, stderr } = await clone.start({ npm_execpath: '' }).done;
  if (stderr.includes('npm was not found')) assert.equal(code, 1);
  else assert.ok(existsSync(join(resolve(process.execPath, '..'), 'npm')), stderr);
});
