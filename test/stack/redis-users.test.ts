import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { cleanUp } from '../../src/cleanup-job/clean-up.ts';
import { cleanupJobConfigSchema } from '../../src/cleanup-job/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { conformance } from '../cache/conformance.ts';
import { openForTest, settingsOf, silent } from '../cache/support/open-for-test.ts';
import { json } from '../cache/support/subject.ts';
import { wantRedisServer } from '../support/redis-server.ts';
import { type ManifestRedis, startManifestRedis } from './support/manifest-redis.ts';
import { fileOf, readV02 } from './support/manifests.ts';

// One server for the file; every test takes a database of its own, since the key prefix is given by the ACL.
let server: Promise<ManifestRedis> | undefined;
let databases = 0;
const stops: (() => unknown)[] = [];
// Registered here and not where it starts: a hook registered while a test runs belongs to that test.
after(async () => {
  for (const stop of stops.reverse()) await stop();
});
const start = (): Promise<ManifestRedis> => {
  server ??= startManifestRedis({ after: (stop) => void stops.push(stop) }, [
    '--databases',
    '5000',
    '--appendfsync',
    'no',
  ]);
  return server;
};

function settingsFor(redis: ManifestRedis, user: 'api' | 'cleanup', database: number) {
  const base = settingsOf('redis', { url: `redis://127.0.0.1:${redis.port}/${database}` });
  return { ...base, redis: { ...base.redis, user, passwordFile: redis.passwordFile(user) } };
}

conformance({
  name: 'Redis as the manifests’ user api',
  few: true,
  async ground(t) {
    if (!(await wantRedisServer(t))) return undefined;
    return { settings: settingsFor(await start(), 'api', databases++) };
  },
});

test('the clean-up does its whole work as the manifests’ user cleanup, with the manifests’ configuration', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await start();
  const database = databases++;
  const store = await openForTest(settingsFor(redis, 'api', database));
  t.after(() => store.close());
  await store.put({ key: 'cache:for-ever', value: json(1), ttlMs: 'never' });
  await store.put({ key: 'kept', value: json(2), ttlMs: 'never' });
  const admin = await redis.connect('admin');
  await admin.select(database);
  await admin.set('cache:raw', '1');

  const fileText = fileOf(readV02(), 'cleanup-job-config', 'config.yaml');
  const { value } = parseConfig(cleanupJobConfigSchema, { fileName: 'config.yaml', fileText, env: {} });
  for (const mode of ['report', 'expire', 'unlink'] as const) {
    const config = {
      ...value,
      store: settingsFor(redis, 'cleanup', database),
      cleanup: { ...value.cleanup, mode, minIdleSeconds: 0 },
    };
    const signal = new AbortController().signal;
    const exitCode = await cleanUp({ config, logger: silent, holder: 'test', signal, clock: { now: Date.now } });
    assert.equal(exitCode, 0, mode);
    if (mode !== 'expire') continue;
    assert.ok((await admin.pTTL('cache:raw')) > 0);
    assert.ok((await store.get('cache:for-ever'))?.expiresAt);
    // Back to what only `unlink` removes.
    await admin.persist('cache:raw');
  }
  assert.equal(await admin.exists('cache:raw'), 0);
  assert.ok(await store.get('kept'));
  const runs = await store.cleanupRuns(10);
  assert.deepEqual(
    runs.map((run) => [run.mode, run.outcome]),
    [
      ['unlink', 'done'],
      ['expire', 'done'],
      ['report', 'done'],
    ],
  );
});
