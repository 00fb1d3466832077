import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { logDestination } from './log-destination.ts';

function openFile(t: TestContext): { fd: number; read: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'journey-log-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'a');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { fd, read: () => readFileSync(path, 'utf8') };
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `{"n":${from + i},"text":"${'键'.repeat((from + i) % 50)}"}\n`);

test('all lines arrive in order, and flush waits for those written meanwhile', async (t) => {
  const { fd, read } = openFile(t);
  const log = logDestination(fd);
  for (const line of lines(0, 5_000)) log.write(line);
  const flushed = log.flush(5_000);
  for (const line of lines(5_000, 10_000)) log.write(line);
  await flushed;
  assert.equal(read(), lines(0, 10_000).join(''));
  await log.flush(5_000);
  assert.equal(log.dropped, 0);
});

test('a flush of nothing is over at once', async (t) => {
  const started = performance.now();
  await logDestination(openFile(t).fd).flush(5_000);
  assert.ok(performance.now() - started < 4_000);
});

test('the last words of a dying process are written at once', (t) => {
  const { fd, read } = openFile(t);
  const log = logDestination(fd);
  for (const line of lines(0, 100)) log.write(line);
  log.flushSync();
  assert.equal(read(), lines(0, 100).join(''));
});

test('without a reader lines are counted as dropped, and nothing hangs', async (t) => {
  const { fd } = openFile(t);
  const log = logDestination(fd);
  closeSync(fd);
  for (const line of lines(0, 10)) log.write(line);
  await log.flush(5_000);
  assert.equal(log.dropped, 10);
  log.write('{}\n');
  log.flushSync();
});

test('what waits is bounded: the newest lines are dropped and counted', (t) => {
  const log = logDestination(openFile(t).fd);
  const line = `${'x'.repeat(1_048_575)}\n`;
  for (let i = 0; i < 20; i++) log.write(line);
  assert.equal(log.dropped, 4);
  log.flushSync();
});
