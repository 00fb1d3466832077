import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { waitUntil } from '../../src/cluster/local/wait-until.ts';
import { runCommand, tryCommand } from '../../src/cluster/run-command.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';

const options = { env: process.env, deadlineMs: 20_000 };
const node = (script: string, ...args: string[]) => ['-e', script, ...args] as const;

test('arguments reach the program as they are, with no shell in between', async () => {
  const odd = ['a b', '$HOME', '`id`', '"', "'", '*', ''];
  const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
  assert.deepEqual(JSON.parse(await runCommand(process.execPath, node(script, ...odd), options)), odd);
});

test('only the given environment is passed on', async () => {
  const script = 'console.log(JSON.stringify(process.env))';
  const seen = JSON.parse(await runCommand(process.execPath, node(script), { ...options, env: { ONLY: 'this' } }));
  assert.deepEqual(seen, { ONLY: 'this' });
});

test('standard input is a text or a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'journey-run-'));
  try {
    writeFileSync(join(folder, 'in'), 'from a file');
    const script = 'process.stdin.pipe(process.stdout)';
    assert.equal(await runCommand(process.execPath, node(script), { ...options, input: 'text' }), 'text');
    const inputFile = join(folder, 'in');
    assert.equal(await runCommand(process.execPath, node(script), { ...options, inputFile }), 'from a file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a program that reads nothing of a long input is no failure', async () => {
  const result = await tryCommand(process.execPath, node('process.exit(3)'), { ...options, input: 'x'.repeat(5e6) });
  assert.equal(result.exitCode, 3);
});

test('a failure carries the command, the exit code and the last lines', async () => {
  const script = 'for (let i = 0; i < 50; i++) console.error("line", i); process.exit(7)';
  await assert.rejects(runCommand(process.execPath, node(script), options), (error) => {
    assert.ok(isJourneyError(error, 'command-failed'));
    assert.match(error.message, /exit 7/);
    assert.match(error.message, /line 49$/);
    assert.doesNotMatch(error.message, /line 10\n/);
    return true;
  });
});

test('of what kubectl says before it fails, the words are shown and not its log', async () => {
  const log = 'E1129 00:22:44.816939   20675 memcache.go:265] "Unhandled Error" err="refused"';
  const both = node('console.error(process.argv.slice(1).join("\\n")); process.exit(1)', log, log, 'refused, in words');
  await assert.rejects(runCommand(process.execPath, both, options), /:\n?\s*refused, in words$/);
  await assert.rejects(runCommand(process.execPath, node(both[1], log), options), /Unhandled Error/);
});

test('a program that is not there is named', async () => {
  await assert.rejects(runCommand('no-such-program', [], options), (error) => {
    assert.ok(isJourneyError(error, 'command-missing'));
    assert.match(error.message, /no-such-program/);
    return true;
  });
});

/** Starts a child that outlives it unless the whole group is killed, and writes down the child's pid. */
const withChild = (file: string) => `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  require('node:fs').writeFileSync(${JSON.stringify(file)}, String(child.pid));
  setInterval(() => {}, 1000);`;
const gone = (pid: number) =>
  waitUntil(
    () => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
      } catch {
        return true;
      }
    },
    { deadlineMs: 5_000, everyMs: 20 },
  );

for (const [how, run] of [
  [
    'the deadline',
    (args: readonly string[]) =>
      assert.rejects(runCommand(process.execPath, args, { ...options, deadlineMs: 1_500 }), (error) =>
        isJourneyError(error, 'command-timeout'),
      ),
  ],
  [
    'an abort',
    async (args: readonly string[], file: string) => {
      const abort = new AbortController();
      const running = runCommand(process.execPath, args, { ...options, signal: abort.signal });
      const started = waitUntil(() => /\d/.test(read(file)), { deadlineMs: 10_000, everyMs: 20 });
      await Promise.all([started.then(() => abort.abort(new Error('enough'))), assert.rejects(running, /enough/)]);
    },
  ],
] as const) {
  test(`${how} ends the program and its children`, {
    skip: process.platform !== 'linux' && 'needs /proc',
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'journey-run-'));
    try {
      const file = join(folder, 'pid');
      await run(node(withChild(file)), file);
      assert.ok(await gone(Number(readFileSync(file, 'utf8'))));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
