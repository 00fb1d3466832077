import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { type CleanupRun, maxCleanupRuns } from '../../../src/cache/cache.ts';
import type { StoreSettings } from '../../../src/cache/config.ts';
import { until } from '../../support/until.ts';
import { another, fresh, json, listAll, type Subject } from '../support/subject.ts';

function startWriter(
  t: Pick<TestContext, 'after'>,
  settings: StoreSettings,
  ...args: string[]
): ChildProcessWithoutNullStreams {
  const script = join(import.meta.dirname, '../support/writer.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(settings), ...args]);
  child.stderr.pipe(process.stderr);
  t.after(() => child.kill('SIGKILL'));
  return child;
}

const aRun = (i: number): CleanupRun => ({
  id: `run-${i}`,
  mode: 'expire',
  startedAt: 1_700_000_000_000 + i,
  durationMs: 12,
  outcome: i % 2 === 0 ? 'done' : 'partial',
  reason: i % 2 === 0 ? undefined : 'time budget used up',
  counts: { scanned: i, deletedBytes: 2 ** 40 },
});

export function clientsConformance(subject: Subject): void {
  const { name } = subject;

  test(`${name}: one client sees what another wrote`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const second = await another(t, ground.settings);
    await ground.store.put({ key: 'k', value: json(1), ttlMs: 'never' });
    assert.deepEqual((await second.get('k'))?.value, json(1));
    await second.delete('k');
    assert.equal(await ground.store.get('k'), undefined);
  });

  test(`${name}: of several processes that create the same keys each key has one creator`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const writers = [1, 2, 3].map(() => startWriter(t, ground.settings, 'race', '200'));
    const lines = writers.map((writer) => createInterface(writer.stdout)[Symbol.asyncIterator]());
    for (const line of lines) assert.equal((await line.next()).value, 'ready');
    for (const writer of writers) writer.stdin.write('go\n');
    const created = await Promise.all(lines.map(async (line) => Number((await line.next()).value)));
    assert.equal(
      created.reduce((sum, n) => sum + n),
      200,
      `created: ${created}`,
    );
    assert.equal((await listAll(ground.store)).length, 200);
  });

  test(`${name}: a writer killed with SIGKILL loses nothing it was told is stored`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const acknowledged = await pourAndKill(t, ground.settings, 300, (writer) => void writer.kill('SIGKILL'));
    const again = await another(t, ground.settings);
    for (let i = 0; i <= acknowledged; i++) assert.ok(await again.get(`poured-${i}`), `poured-${i} is lost`);
  });

  test(`${name}: a store reopened after a clean close has everything, and is quick to say so`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    await ground.store.put({ key: 'k', value: json('kept'), ttlMs: 100_000 });
    const before = await ground.store.get('k');
    await ground.store.close();
    const after = await (await another(t, ground.settings)).get('k');
    assert.deepEqual({ ...after, ttlLeftMs: 0 }, { ...before, ttlLeftMs: 0 });
  });

  test(`${name}: a closed store refuses, and closing twice is harmless`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    await store.close();
    await store.close();
    assert.equal(store.status().up, false);
    await assert.rejects(store.get('k'), { code: 'store-unavailable' });
    await assert.rejects(store.put({ key: 'k', value: json(1), ttlMs: 'never' }), { code: 'store-unavailable' });
  });

  test(`${name}: ping measures a round trip and status is up`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    assert.ok((await ground.store.ping()) >= 0);
    const { up, since, reason } = ground.store.status();
    assert.deepEqual([up, reason], [true, undefined]);
    assert.ok(Date.now() - since < 60_000);
  });

  test(`${name}: the last clean-up runs come back newest first, unchanged and bounded`, async (t) => {
    const ground = await fresh(t, subject);
    if (ground === undefined) return;
    const { store } = ground;
    assert.deepEqual(await store.cleanupRuns(10), []);
    for (let i = 0; i < maxCleanupRuns + 5; i++) await store.recordCleanupRun(aRun(i));
    assert.deepEqual(await store.cleanupRuns(2), [aRun(maxCleanupRuns + 4), aRun(maxCleanupRuns + 3)]);
    assert.equal((await store.cleanupRuns(1_000)).length, maxCleanupRuns);
    assert.deepEqual(await listAll(store), [], 'runs are not entries');
  });
}

/** Lets a process write until it has been told of `count` writes, then kills. @returns the last acknowledged number. */
export async function pourAndKill(
  t: Pick<TestContext, 'after'>,
  settings: StoreSettings,
  count: number,
  kill: (writer: ChildProcessWithoutNullStreams) => void | Promise<void>,
): Promise<number> {
  const writer = startWriter(t, settings, 'pour');
  let acknowledged = -1;
  createInterface(writer.stdout).on('line', (line) => {
    acknowledged = Number(line);
  });
  await until(`${count} acknowledged writes`, () => acknowledged >= count, { timeoutMs: 60_000 });
  const exited = once(writer, 'exit');
  await kill(writer);
  writer.kill('SIGKILL');
  await exited;
  return acknowledged;
}
