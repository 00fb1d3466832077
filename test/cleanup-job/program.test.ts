import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { pino } from 'pino';
import type { CleanupRun } from '../../src/cache/cache.ts';
import { openStore, whenUp } from '../../src/cache/open-store.ts';
import { cleanupJobConfigSchema } from '../../src/cleanup-job/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { freePort, RedisServer, type StartRedisOptions, wantRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { keys, openRedisSubject, type RedisSubject } from './redis-subject.ts';
import { runProgram, startProgram } from './run-program.ts';
import { openSqliteSubject } from './sqlite-subject.ts';

function onRedis(
  title: string,
  body: (s: RedisSubject, env: Record<string, string>) => Promise<void>,
  options: StartRedisOptions = {},
) {
  test(title, async (t) => {
    if (!(await wantRedisServer(t))) return;
    await using subject = await openRedisSubject(options);
    await body(subject, redisEnv(subject.server.url));
  });
}

/** Deadlines of this file: only ever waited for by a test that is about to fail, on however busy a machine. */
const patienceMs = 60_000;

const redisEnv = (url: string): Record<string, string> => ({
  JOURNEY_STORE_KIND: 'redis',
  JOURNEY_STORE_REDIS_URL: url,
  JOURNEY_STORE_REDIS_CONNECT_TIMEOUT_MS: '20000',
});

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'journey-cleanup-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** JSON has no `undefined`; the store puts it back. */
const asRecorded = (run: CleanupRun | undefined) => ({ reason: undefined, ...run });

/** The runs as the API reads them. */
async function recordedRuns(env: Record<string, string>) {
  const { store: settings } = parseConfig(cleanupJobConfigSchema, { fileName: 'test', fileText: undefined, env }).value;
  const store = await openStore({ settings, clientName: 'test', logger: pino({ level: 'silent' }) });
  try {
    await whenUp(store, 5_000);
    return await store.cleanupRuns(10);
  } finally {
    await store.close();
  }
}

test('SQLite: a run reports by default, ends with a summary line and is on record', async () => {
  await using s = await openSqliteSubject();
  await s.put('cache:a');
  await s.leaveRemains('user:gone');
  const env = { JOURNEY_STORE_SQLITE_FILE: s.file };
  const report = await runProgram([], env);
  assert.deepEqual([report.code, report.stderr, report.run?.mode, report.run?.outcome], [0, '', 'report', 'done']);
  assert.equal(report.run?.counts['matched'], 2);
  assert.ok(await s.traces('user:gone'));
  const { code, run } = await runProgram(['--mode', 'unlink'], env);
  assert.deepEqual([code, run?.counts['unlinked'], run?.counts['forgotten']], [0, 1, 1]);
  assert.deepEqual(await recordedRuns(env), [asRecorded(run), asRecorded(report.run)]);
});

onRedis('Redis: a report changes nothing but its own record', async (s, env) => {
  await s.put('cache:a');
  await s.leaveRemains('user:gone');
  await s.client.set('cache:raw', 'x');
  const before = await s.dump();
  const { code, run, lines } = await runProgram(['--mode=report'], env);
  assert.equal(code, 0);
  const { [keys.cleanupRuns]: record, ...after } = (await s.dump()) as Record<string, unknown>;
  assert.deepEqual(after, before);
  assert.ok(record);
  assert.deepEqual(await recordedRuns(env), [asRecorded(run)]);
  assert.ok(lines.some(({ level, msg }) => level === 'warn' && /ACL user `default`/.test(msg)));
  const { memory } = lines.at(-1) as unknown as { memory: { before: Record<string, number> } };
  assert.ok((memory.before['used_memory'] ?? 0) > 100_000);
});

test('what is wrong with the configuration is said in one line on stderr, exit 78', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'cleanup: {mod: unlink}\n');
    const cases: [string[], Record<string, string>, RegExp][] = [
      [[], { JOURNEY_CONFIG_FILE: file }, /unknown key 'cleanup\.mod'; did you mean 'cleanup\.mode'/],
      [['--mode', 'destroy'], {}, /--mode is "destroy": must be one of report, expire, unlink/],
      [[], { ...redisEnv('redis://127.0.0.1:1'), JOURNEY_STORE_REDIS_USER: 'cleanup' }, /needs a password/],
    ];
    for (const [args, env, message] of cases) {
      const { code, stderr } = await runProgram(args, { JOURNEY_STORE_SQLITE_FILE: join(folder, 'x.sqlite'), ...env });
      assert.equal(code, 78, stderr);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
    const chinese = await runProgram(['--lang', 'zh'], { JOURNEY_CONFIG_FILE: file });
    assert.match(chinese.stderr, /^配置不合法：|^配置不合法: /);
  });
});

onRedis('a wrong, missing or insufficient password is exit 77', async (s, env) => {
  await inFolder(async (folder) => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'wrong\n');
    await s.client.sendCommand([
      'ACL',
      'SETUSER',
      'weak',
      'on',
      '>weak',
      '~*',
      '+info',
      '+ping',
      '+select',
      '+client|setname',
    ]);
    await s.client.configSet('requirepass', 'secret');
    const [missing, wrong, noFile] = await Promise.all([
      runProgram([], env),
      runProgram([], { ...env, JOURNEY_STORE_REDIS_PASSWORD_FILE: passwordFile }),
      runProgram([], { ...env, JOURNEY_STORE_REDIS_PASSWORD_FILE: join(folder, 'none') }),
    ]);
    writeFileSync(passwordFile, 'weak\n');
    const login = { JOURNEY_STORE_REDIS_USER: 'weak', JOURNEY_STORE_REDIS_PASSWORD_FILE: passwordFile };
    const weak = await runProgram(['--mode', 'unlink'], { ...env, ...login });
    assert.deepEqual([missing.code, wrong.code, noFile.code, weak.code], [77, 77, 77, 77]);
    assert.match(missing.run?.reason ?? '', /NOAUTH/);
    assert.match(wrong.run?.reason ?? '', /WRONGPASS/);
    assert.match(weak.run?.reason ?? '', /NOPERM|permissions|can't run/);
    assert.equal(missing.run?.outcome, 'failed');
  });
});

test('nobody listening, and somebody who never answers, are exit 75, soon', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const hasty = ['--connect-within-seconds', '0'];
  const refused = await runProgram(hasty, redisEnv(`redis://127.0.0.1:${await freePort()}`));
  assert.equal(refused.code, 75);
  assert.match(refused.run?.reason ?? '', /ECONNREFUSED/);
  const server = await RedisServer.start(t);
  server.pause();
  const silent = await runProgram(hasty, { ...redisEnv(server.url), JOURNEY_STORE_REDIS_CONNECT_TIMEOUT_MS: '300' });
  assert.equal(silent.code, 75);
  assert.match(silent.run?.reason ?? '', /within 300 ms/);
});

test('a Redis that comes within connectWithinSeconds is waited for; SIGTERM ends the wait', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  server.pause();
  const env = { ...redisEnv(server.url), JOURNEY_STORE_REDIS_CONNECT_TIMEOUT_MS: '300' };
  using waiting = startProgram(['--connect-within-seconds', '60'], env);
  using stopped = startProgram(['--connect-within-seconds', '60'], env);
  // Their first line, `clean-up started`.
  await Promise.all([waiting, stopped].map(({ process: { stdout } }) => stdout && once(stdout, 'data')));
  stopped.process.kill('SIGTERM');
  const { code, run } = await stopped.finished;
  assert.deepEqual([code, run?.outcome], [75, 'failed']);
  server.resume();
  const done = await waiting.finished;
  assert.deepEqual([done.code, done.run?.outcome], [0, 'done'], String(done.run?.reason));
});

onRedis(
  'a Redis that is still loading is exit 75',
  async (s, env) => {
    await Promise.all(Array.from({ length: 3_000 }, (_, i) => s.client.set(`key:${i}`, 'x'.repeat(1_100))));
    await s.client.sendCommand(['BGREWRITEAOF']);
    const rewritten = join(s.server.folder, 'appendonlydir/appendonly.aof.2.base.rdb');
    await until('the AOF is rewritten', () => existsSync(rewritten), patienceMs);
    await until(
      'that is over',
      async () => (await s.client.info('persistence')).includes('aof_rewrite_in_progress:0'),
      patienceMs,
    );
    await s.server.restart({ ready: false });
    const { code, run } = await runProgram(['--mode', 'unlink'], env);
    assert.equal(code, 75, String(run?.reason));
    assert.match(run?.reason ?? '', /loading its data/);
  },
  // 3 000 keys at 20 ms each, a minute; it answers INFO after each.
  { args: ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'] },
);

onRedis('a replica is exit 78; one whose master is gone, as in a failover, 75', async (s) => {
  await s.client.configSet('repl-diskless-sync-delay', '0');
  await using replica = await openRedisSubject({ args: ['--replicaof', '127.0.0.1', String(s.server.port)] });
  const env = redisEnv(replica.server.url);
  const linkedTo = async () =>
    /master_link_status:up/.test(String(await replica.server.command('INFO', 'replication')));
  await until('the replica is in step', linkedTo, patienceMs);
  const wrongAddress = await runProgram(['--mode', 'unlink'], env);
  assert.equal(wrongAddress.code, 78);
  assert.match(wrongAddress.run?.reason ?? '', /replica of 127\.0\.0\.1.*master/);
  await s.server.kill9();
  await until('the link is down', async () => !(await linkedTo()), patienceMs);
  const failover = await runProgram(['--mode', 'unlink'], env);
  assert.equal(failover.code, 75);
});

onRedis('an index that holds something else is nobody’s to guess about: exit 65, nothing changed', async (s, env) => {
  await s.put('cache:a');
  await s.client.set(keys.index(3), 'not an index');
  const { code, run } = await runProgram(['--mode', 'unlink'], env);
  assert.deepEqual([code, run?.outcome], [65, 'failed']);
  assert.ok(await s.read('cache:a'));
  assert.equal((await recordedRuns(env))[0]?.outcome, 'failed');
});

onRedis(
  'what nobody foresaw is exit 70 with the details in the log',
  async (_, env) => {
    const { code, lines } = await runProgram(['--mode', 'unlink'], env);
    assert.equal(code, 70);
    assert.ok(lines.some(({ level, error }) => level === 'error' && JSON.stringify(error).includes('unknown command')));
  },
  { args: ['--rename-command', 'EVAL', '', '--rename-command', 'EVALSHA', ''] },
);

async function lookLong(s: RedisSubject): Promise<void> {
  const pairs = Array.from({ length: 20_000 }, (_, i) => [`cache:${i}`, 'x']).flat();
  await s.client.sendCommand(['MSET', ...pairs]);
  for (let i = 0; i < 100; i++) await s.client.set(`user:${i}`, 'x');
}
const left = async (s: RedisSubject): Promise<number> => {
  let n = 0;
  for await (const page of s.client.scanIterator({ MATCH: 'cache:*', COUNT: 1_000 })) n += page.length;
  return n;
};
const slowly = ['--mode', 'unlink', '--min-idle-seconds', '0', '--batch-size', '3'];

onRedis(
  'SIGTERM: the batch is finished, the position saved, the lock given back, exit 0; the next run goes on',
  async (s, env) => {
    await lookLong(s);
    using program = startProgram(slowly, env);
    await until('it deletes', async () => (await s.client.dbSize()) < 20_000, patienceMs);
    program.process.kill('SIGTERM');
    const first = await program.finished;
    assert.deepEqual([first.code, first.run?.outcome, first.run?.reason], [0, 'partial', 'SIGTERM was received']);
    assert.equal(await s.client.exists(keys.meta('cleanup:lock')), 0);
    assert.equal(await s.client.exists(keys.meta('cleanup:cursor')), 1);
    assert.equal(await left(s), 20_000 - (first.run?.counts['unlinked'] ?? 0));
    const second = await runProgram(['--mode', 'unlink', '--min-idle-seconds', '0'], env);
    assert.deepEqual([second.code, second.run?.outcome, await left(s)], [0, 'done', 0]);
    assert.ok(second.lines.some(({ msg }) => msg === 'going on where the last run stopped'));
    assert.equal((first.run?.counts['unlinked'] ?? 0) + (second.run?.counts['unlinked'] ?? 0), 20_000);
    assert.equal(await s.client.exists(keys.meta('cleanup:cursor')), 0);
    const runs = await recordedRuns(env);
    assert.deepEqual(
      runs.map(({ outcome }) => outcome),
      ['done', 'partial'],
    );
  },
);

onRedis(
  'a second run beside the first is exit 75 and names the holder; kill -9 at any moment loses nothing',
  async (s, env) => {
    await lookLong(s);
    for (let round = 0; round < 2; round++) {
      const before = await s.client.dbSize();
      using program = startProgram(slowly, { ...env, POD_NAME: `cleanup-${round}` });
      await until(
        'it deletes',
        async () => {
          const cursor = await s.client.get(keys.meta('cleanup:cursor'));
          return cursor?.includes('"pass":"keys"') === true && (await s.client.dbSize()) < before - 300;
        },
        patienceMs,
      );
      // Held still, so that it is in the middle of its work whatever the machine is busy with.
      program.process.kill('SIGSTOP');
      const beside = await runProgram(slowly, { ...env, POD_NAME: 'cleanup-late' });
      assert.equal(beside.code, 75);
      assert.match(beside.run?.reason ?? '', new RegExp(`cleanup-${round} holds the clean-up lock`));
      program.process.kill('SIGKILL');
      assert.equal((await program.finished).signal, 'SIGKILL');
      await s.client.pExpire(keys.meta('cleanup:lock'), 1);
      await until(
        'the lock has lapsed',
        async () => (await s.client.exists(keys.meta('cleanup:lock'))) === 0,
        patienceMs,
      );
    }
    const last = await runProgram(['--mode', 'unlink', '--min-idle-seconds', '0'], env);
    assert.deepEqual([last.code, last.run?.outcome, await left(s)], [0, 'done', 0]);
    assert.ok(last.lines.some(({ msg }) => msg === 'going on where the last run stopped'));
    for (let i = 0; i < 100; i++) assert.equal(await s.client.exists(`user:${i}`), 1);
  },
);

onRedis('a server lost in the middle is exit 75, with what had been done', async (s, env) => {
  await lookLong(s);
  using program = startProgram(slowly, env);
  await until('it deletes', async () => (await s.client.dbSize()) < 20_000, patienceMs);
  await s.server.kill9();
  const { code, run } = await program.finished;
  assert.deepEqual([code, run?.outcome], [75, 'failed']);
  assert.ok((run?.counts['unlinked'] ?? 0) > 0);
});

onRedis('a spent time budget is a partial run, exit 0', async (s, env) => {
  await lookLong(s);
  const { code, run } = await runProgram([...slowly, '--time-budget-seconds', '0.2'], env);
  assert.deepEqual([code, run?.outcome], [0, 'partial']);
  assert.match(run?.reason ?? '', /timeBudgetSeconds of 0\.2/);
});

test('SQLite: a second run beside the first is exit 75; kill -9 loses nothing and the next run goes on', async () => {
  await using s = await openSqliteSubject();
  for (let i = 0; i < 5_000; i++) await s.put(`cache:${i}`);
  await s.put('user:1');
  const env = { JOURNEY_STORE_SQLITE_FILE: s.file };
  using program = startProgram(['--mode', 'unlink', '--batch-size', '1'], env);
  await until('it deletes', async () => !(await s.traces('cache:0')), patienceMs);
  program.process.kill('SIGSTOP');
  const beside = await runProgram(['--mode', 'unlink'], env);
  assert.equal(beside.code, 75, String(beside.run?.reason));
  assert.match(beside.run?.reason ?? '', /\(pid \d+\) holds the clean-up lock|another process holds the lock/);
  program.process.kill('SIGKILL');
  await program.finished;
  const db = new DatabaseSync(s.file, { timeout: 5_000 });
  db.exec(`UPDATE cleanup_state SET lapses_at = 0 WHERE name = 'lock'`);
  db.close();
  const last = await runProgram(['--mode', 'unlink'], env);
  assert.deepEqual([last.code, last.run?.outcome], [0, 'done']);
  for (const i of [0, 1, 2_500, 4_999]) assert.equal(await s.traces(`cache:${i}`), false);
  assert.ok(await s.read('user:1'));
});
