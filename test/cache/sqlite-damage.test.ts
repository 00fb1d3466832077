import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { openSqliteStore, type SqliteStore } from '../../src/cache/sqlite.ts';
import { openSqliteFile } from '../../src/cache/sqlite-file.ts';
import { isJourneyError, type JourneyError } from '../../src/errors/journey-error.ts';
import { pourAndKill } from './conformance/clients.ts';
import { settingsOf, silent } from './support/open-for-test.ts';
import { json } from './support/subject.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'journey-damage-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journey.sqlite');
}

const open = (file: string): SqliteStore => openSqliteStore({ file, busyTimeoutMs: 1_000, logger: silent });

/** A sound file with enough in it that something can be damaged. */
async function filled(file: string): Promise<void> {
  const store = open(file);
  for (let i = 0; i < 200; i++) await store.put({ key: `key-${i}`, value: json('x'.repeat(500)), ttlMs: 'never' });
  await store.close();
}

function refusal(work: () => unknown): JourneyError<'store-corrupt'> {
  try {
    work();
  } catch (error) {
    if (isJourneyError(error, 'store-corrupt')) return error;
    throw error;
  }
  throw new Error('it was opened');
}

const besides = (file: string): string[] =>
  readdirSync(dirname(file)).filter((name) => name !== basename(file) && !/-(wal|shm)$/.test(name));

for (const [what, damage] of [
  ['cut short', (file: string) => truncateSync(file, 20_000)],
  ['cut to nothing', (file: string) => truncateSync(file, 0)],
  ['not a database', (file: string) => writeFileSync(file, 'hello, I am a text file\n'.repeat(400))],
  [
    'overwritten in the middle',
    (file: string) => {
      const bytes = readFileSync(file);
      bytes.fill(0xa5, 8_192, 40_960);
      writeFileSync(file, bytes);
    },
  ],
] as const) {
  test(`a data file ${what} is kept aside once, refused at every start, and not touched`, async (t) => {
    const file = place(t);
    await filled(file);
    damage(file);
    const before = readFileSync(file);
    const error = refusal(() => open(file));
    assert.match(error.message, /Restore a backup|move the damaged file away/);
    assert.match(String(error.params['keptAs']), /journey\.sqlite\.damaged-\d{8}T\d{6}Z$/);
    assert.deepEqual(readFileSync(String(error.params['keptAs'])), before);
    assert.equal(refusal(() => open(file)).params['keptAs'], error.params['keptAs'], 'the same copy the second time');
    assert.deepEqual(besides(file), [basename(String(error.params['keptAs']))]);
    assert.deepEqual(readFileSync(file), before);
    assert.equal(error.kind.exitCode, 74);
  });
}

test('once the damaged file is moved away the next start is empty and works', async (t) => {
  const file = place(t);
  await filled(file);
  truncateSync(file, 20_000);
  refusal(() => open(file));
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const store = open(file);
  t.after(() => store.close());
  assert.equal((await store.put({ key: 'k', value: json(1), ttlMs: 'never' })).outcome, 'created');
});

test('the write-ahead log of a damaged file is kept with it, byte for byte', async (t) => {
  const file = place(t);
  await pourAndKill(t, settingsOf('sqlite', { file }), 200, (writer) => void writer.kill('SIGKILL'));
  const log = readFileSync(`${file}-wal`);
  assert.ok(log.length > 0, 'SIGKILL left a log');
  writeFileSync(file, 'no database at all'.repeat(1_000));
  const error = refusal(() => open(file));
  assert.deepEqual(readFileSync(`${String(error.params['keptAs'])}-wal`), log);
  assert.deepEqual(readFileSync(`${file}-wal`), log);
});

test('a log whose data file is missing is not replayed into a new one', async (t) => {
  const file = place(t);
  await pourAndKill(t, settingsOf('sqlite', { file }), 50, (writer) => void writer.kill('SIGKILL'));
  rmSync(file);
  assert.match(refusal(() => open(file)).message, /missing.*-wal/);
  assert.equal(existsSync(file), false);
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  await open(file).close();
});

test('a SQLite database of somebody else is refused and not touched', (t) => {
  const file = place(t);
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  other.close();
  const before = readFileSync(file);
  assert.throws(() => open(file), { code: 'store-foreign' });
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(besides(file), []);
});

test('data of a newer version is refused with both versions named, and not touched', async (t) => {
  const file = place(t);
  await filled(file);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 99');
  db.close();
  const before = readFileSync(file);
  assert.throws(
    () => open(file),
    (e) => isJourneyError(e, 'store-newer') && /version 99/.test(e.message) && /up to 1/.test(e.message),
  );
  assert.deepEqual(readFileSync(file), before);
});

test('damage that shows only while running is reported and stops further writing', async (t) => {
  const file = place(t);
  await filled(file);
  const store = open(file);
  t.after(() => store.close());
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4_096);
  writeFileSync(file, bytes);
  let down = 0;
  store.onStatus(({ up }) => up || down++);
  await assert.rejects(
    async () => {
      for (let i = 0; i < 200; i++) await store.get(`key-${i}`);
    },
    (e) => isJourneyError(e, 'store-corrupt'),
  );
  assert.equal(store.status().up, false);
  assert.equal(down, 1);
  await assert.rejects(store.put({ key: 'k', value: json(1), ttlMs: 'never' }), { code: 'store-unavailable' });
});

test('a file moved away under a running store gets no more writes; put back, it does', async (t) => {
  const file = place(t);
  const store = open(file);
  t.after(() => store.close());
  const put = (key: string) => store.put({ key, value: json(1), ttlMs: 'never' });
  await put('before');
  const { renameSync } = await import('node:fs');
  renameSync(file, `${file}.away`);
  await assert.rejects(put('lost'), (e) => isJourneyError(e, 'store-unavailable') && /moved, deleted/.test(e.message));
  renameSync(`${file}.away`, file);
  const again = open(file);
  t.after(() => again.close());
  assert.ok(await again.get('before'));
  assert.equal(await again.get('lost'), undefined);
});

test('a database left half made by a crash is finished, not trusted', (t) => {
  const file = place(t);
  writeFileSync(`${file}.new-crashed`, 'half');
  const { db } = openSqliteFile({ file, busyTimeoutMs: 1_000, now: Date.now });
  assert.equal(db.prepare('SELECT count(*) AS n FROM entries').get()?.['n'], 0);
  db.close();
});

test('an open store does not keep a process from ending', (t) => {
  const file = place(t);
  const script = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/cache/open-store.ts'))});
    const settings = ${JSON.stringify(settingsOf('sqlite', { file }))};
    const store = await openStore({ settings, clientName: 'x', logger: { warn() {}, error() {}, info() {} } });
    await store.put({ key: 'k', value: Buffer.from('1'), ttlMs: 'never' });
    console.log('stored');`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  assert.deepEqual([done.stdout, done.status, done.signal], ['stored\n', 0, null], done.stderr);
});
