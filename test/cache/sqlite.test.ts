import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore, SqliteStore } from '../../src/cache/sqlite.ts';
import { openSqliteFile } from '../../src/cache/sqlite-file.ts';
import { isJourneyError, reasonOf } from '../../src/errors/journey-error.ts';
import { until } from '../support/until.ts';
import { settingsOf, silent } from './support/open-for-test.ts';
import { json, listAll } from './support/subject.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'journey-sqlite-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function open(t: TestContext, file: string, busyTimeoutMs = 10_000): SqliteStore {
  const store = openSqliteStore({ file, busyTimeoutMs, logger: silent, coherencePollMs: 10 });
  t.after(() => store.close());
  return store;
}

const put = (store: SqliteStore, key: string, value: unknown = 1) =>
  store.put({ key, value: json(value), ttlMs: 'never' });

/** Mounts a file system for one test, or skips it: that takes root and a kernel that lets us. */
function mounted(t: TestContext, ...args: string[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'journey-mount-'));
  let unmount = (): unknown => undefined;
  t.after(() => {
    unmount();
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    execFileSync('mount', [...args, folder], { stdio: 'pipe' });
    // Lazy: the store inside is closed later.
    unmount = () => execFileSync('umount', ['--lazy', folder]);
    return folder;
  } catch (error) {
    t.skip(`needs to mount a file system (${reasonOf(error).slice(0, 120)}); run as root where mount is allowed`);
    return undefined;
  }
}

test('a write waits for another writer without stopping the event loop, and reads go on meanwhile', async (t) => {
  const file = join(folderFor(t), 'a.sqlite');
  const store = open(t, file);
  await put(store, 'k', 'old');
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  other.exec("BEGIN IMMEDIATE; UPDATE entries SET updated_at = 1 WHERE key = 'k'");
  let written = false;
  const writing = put(store, 'k', 'new').then(() => {
    written = true;
  });
  let reads = 0;
  await until('thirty reads while it waits', async () => {
    assert.deepEqual((await store.get('k'))?.value, json('old'));
    return ++reads >= 30;
  });
  assert.equal(written, false);
  other.exec('COMMIT');
  await writing;
  assert.deepEqual((await store.get('k'))?.value, json('new'));
});

test('a writer that never lets go costs busyTimeoutMs and a clear error, not a hang', async (t) => {
  const file = join(folderFor(t), 'a.sqlite');
  const store = open(t, file, 50);
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(
    put(store, 'k'),
    (e) => isJourneyError(e, 'store-unavailable') && /another process/.test(e.message),
  );
  assert.equal(store.status().up, true, 'busy is not down');
  other.exec('COMMIT');
  await put(store, 'k');
});

test('what another process writes is announced; what this one writes is not', async (t) => {
  const file = join(folderFor(t), 'a.sqlite');
  const store = open(t, file);
  const told: unknown[] = [];
  store.onInvalidation((keys) => told.push(keys));
  const other = open(t, file);
  await put(store, 'mine');
  // Long enough for several looks; that nothing comes can only be seen by waiting.
  await sleep(60);
  assert.deepEqual(told, []);
  await put(other, 'theirs');
  await until('the announcement', () => told.length > 0);
  assert.deepEqual(told, ['all']);
});

test('several processes that start at once on no file all open the same one', async (t) => {
  const file = join(folderFor(t), 'deep/er/a.sqlite');
  const script = join(import.meta.dirname, 'support/writer.ts');
  const settings = JSON.stringify(settingsOf('sqlite', { file }));
  const writers = Array.from({ length: 4 }, () => spawn(process.execPath, [script, settings, 'race', '20']));
  t.after(() => writers.map((writer) => writer.kill('SIGKILL')));
  const outputs = writers.map((writer) => {
    writer.stdin.write('go\n');
    writer.stderr.pipe(process.stderr);
    let text = '';
    writer.stdout.on('data', (chunk) => (text += chunk));
    return once(writer, 'exit').then(([code]) => ({ code, created: Number(text.split('\n')[1]) }));
  });
  const results = await Promise.all(outputs);
  assert.deepEqual(
    results.map((result) => result.code),
    [0, 0, 0, 0],
  );
  assert.equal(
    results.reduce((sum, result) => sum + result.created, 0),
    20,
  );
  assert.equal((await listAll(open(t, file))).length, 20);
});

for (const [what, path] of [
  ['a folder whose parent is a file', 'file/data/a.sqlite'],
  ['a data file that is a folder', 'folder'],
] as const) {
  test(`${what} is refused, naming the setting that moves it`, (t) => {
    const folder = folderFor(t);
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    assert.throws(
      () => open(t, join(folder, path)),
      (e) =>
        isJourneyError(e, 'folder-not-writable') && e.message.includes('store.sqlite.file') && e.kind.exitCode === 73,
    );
  });
}

test('a read-only folder is refused at the start, with and without a file in it', (t) => {
  const folder = mounted(t, '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
  if (folder === undefined) return;
  const file = join(folder, 'a.sqlite');
  for (const make of [() => {}, () => void openSqliteFile({ file, busyTimeoutMs: 0, now: Date.now }).db.close()]) {
    execFileSync('mount', ['-o', 'remount,rw', folder]);
    make();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    assert.throws(() => open(t, file), { code: 'folder-not-writable' });
  }
});

test('a full disk answers store-full; what was acknowledged is there, reads go on, and so do writes once there is room', async (t) => {
  const folder = mounted(t, '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
  if (folder === undefined) return;
  const store = open(t, join(folder, 'a.sqlite'));
  await put(store, 'first', 'kept');
  writeFileSync(join(folder, 'filler'), Buffer.alloc(3 << 20));
  let stored = 0;
  await assert.rejects(
    async () => {
      for (; ; stored++) await put(store, `big-${stored}`, 'x'.repeat(100_000));
    },
    (e) => isJourneyError(e, 'store-full') && e.kind.status === 507 && e.message.includes('a.sqlite'),
  );
  assert.equal(store.status().up, true);
  for (let i = 0; i < stored; i++) assert.ok(await store.get(`big-${i}`), `acknowledged big-${i}`);
  assert.equal(await store.get(`big-${stored}`), undefined);
  assert.deepEqual((await store.get('first'))?.value, json('kept'));
  rmSync(join(folder, 'filler'));
  await put(store, 'after', 'x'.repeat(100_000));
  assert.equal(await store.delete('first'), 'deleted');
});

test('a file at its page limit answers store-full and takes smaller writes after a delete', async (t) => {
  const file = join(folderFor(t), 'a.sqlite');
  const options = { file, busyTimeoutMs: 1_000, logger: silent, now: Date.now };
  const opened = openSqliteFile(options);
  opened.db.exec('PRAGMA max_page_count = 60');
  const store = new SqliteStore(opened, options);
  t.after(() => store.close());
  await put(store, 'a', 'x'.repeat(150_000));
  await assert.rejects(put(store, 'b', 'x'.repeat(150_000)), (e) => isJourneyError(e, 'store-full'));
  assert.equal(await store.get('b'), undefined);
  await store.delete('a');
  await put(store, 'b', 'x'.repeat(150_000));
});

test('expired rows are invisible but stay for the clean-up job', async (t) => {
  const file = join(folderFor(t), 'a.sqlite');
  const store = open(t, file);
  await store.put({ key: 'k', value: json(1), ttlMs: 1 });
  await until('expiry', async () => (await store.get('k')) === undefined);
  const other = new DatabaseSync(file, { readOnly: true });
  t.after(() => other.close());
  assert.equal(other.prepare('SELECT count(*) AS n FROM entries').get()?.['n'], 1);
});
