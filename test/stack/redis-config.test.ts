import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { storeCommandsForAcl } from '../../src/cache/redis-script.ts';
import { cleanupCommandsForAcl } from '../../src/cleanup-job/redis/acl.ts';
import { openForTest, settingsOf } from '../cache/support/open-for-test.ts';
import { json } from '../cache/support/subject.ts';
import { wantRedisServer } from '../support/redis-server.ts';
import { type RedisUser, redisFolder, startManifestRedis } from './support/manifest-redis.ts';
import { fileOf, readV02 } from './support/manifests.ts';

const rulesOf = (user: string): string => {
  const line = fileOf(readV02(), 'redis-config', 'users.acl')
    .split('\n')
    .find((each) => each.startsWith(`user ${user} `));
  assert.ok(line, `no rule for ${user}`);
  return line;
};
const commandsOf = (user: string): string[] =>
  [...rulesOf(user).matchAll(/ \+(\S+)/g)].map(([, name]) => name ?? '').sort();

test('a real redis-server takes redis.conf as it stands and runs what it says', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await startManifestRedis(t);
  const admin = await redis.connect('admin');
  const running = await admin.configGet('*');
  const wanted = { appendonly: 'yes', appendfsync: 'always', save: '', 'maxmemory-policy': 'noeviction' };
  for (const [name, value] of Object.entries(wanted)) assert.equal(running[name], value, name);
  assert.equal(running['maxmemory'], String(128 * 1024 * 1024));
});

test('the ACL file holds hashes, not passwords, and nobody but Redis’ user can read it', (t) => {
  const files = redisFolder(t);
  assert.equal(files.script('write-acl.sh').status, 0);
  const file = join(files.folder, 'run/redis/users.acl');
  assert.doesNotMatch(readFileSync(file, 'utf8'), /password-of/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(files.folder, 'run/redis/probe-password')).mode & 0o777, 0o600);
});

test('a newline at the end of a Secret is no part of the password', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const plain = redisFolder(t, { api: 'secret' });
  const newline = redisFolder(t, { api: 'secret\n' });
  for (const files of [plain, newline]) assert.equal(files.script('write-acl.sh').status, 0);
  const read = ({ folder }: { folder: string }) => readFileSync(join(folder, 'run/redis/users.acl'), 'utf8');
  assert.equal(read(plain), read(newline));
});

test('an empty password stops the Pod with a message instead of opening Redis', (t) => {
  const files = redisFolder(t, { cleanup: '' });
  const { status, stderr } = files.script('write-acl.sh');
  assert.equal(status, 1);
  assert.match(String(stderr), /redis-auth has an empty password for cleanup/);
});

test('nobody gets in without a password', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await startManifestRedis(t);
  await assert.rejects(redis.connect('api', 'wrong'), /WRONGPASS/);
  await assert.rejects(redis.connect('default' as RedisUser, ''), /NOAUTH/);
});

test('each program’s user may run the commands its code names, and no other', () => {
  assert.deepEqual(commandsOf('api'), [...storeCommandsForAcl].sort());
  assert.deepEqual(commandsOf('cleanup'), [...cleanupCommandsForAcl].sort());
  assert.deepEqual(commandsOf('probe'), ['ping']);
  assert.match(rulesOf('default'), /^user default off /);
});

test('a restart brings back what the programs wrote: nobody’s user replays the append-only file', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await startManifestRedis(t);
  const base = settingsOf('redis', { url: `redis://127.0.0.1:${redis.port}/0` });
  const settings = { ...base, redis: { ...base.redis, user: 'api', passwordFile: redis.passwordFile('api') } };
  const before = await openForTest(settings);
  await before.put({ key: 'survives', value: json('all'), ttlMs: 'never' });
  await before.close();
  await redis.restart();
  const after = await openForTest(settings);
  t.after(() => after.close());
  assert.deepEqual((await after.get('survives'))?.value, json('all'));
});

for (const [user, args] of [
  ['api', ['FLUSHALL']],
  ['api', ['CONFIG', 'GET', '*']],
  ['api', ['KEYS', '*']],
  ['api', ['ACL', 'LIST']],
  ['api', ['SHUTDOWN']],
  ['api', ['HGET', 'somebody:else', 'x']],
  ['cleanup', ['FLUSHDB']],
  ['cleanup', ['KEYS', '*']],
  ['cleanup', ['CONFIG', 'SET', 'maxmemory', '0']],
  ['cleanup', ['UNLINK', 'somebody:else']],
  ['probe', ['GET', 'journey:x']],
  ['probe', ['INFO']],
] as const) {
  test(`the user ${user} may not ${args.join(' ')}`, async (t) => {
    if (!(await wantRedisServer(t))) return;
    const redis = await startManifestRedis(t);
    const client = await redis.connect(user);
    await assert.rejects(client.sendCommand([...args]), /NOPERM/);
  });
}

test('the probes tell a Redis that serves from one that loads, hangs or is not there', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await startManifestRedis(t);
  // The Pod's port is 6379; here redis-cli is told another one.
  const probe = (what: string) => {
    const script = join(redis.folder, 'etc/redis/probe.sh');
    const text = readFileSync(script, 'utf8').replace('redis-cli -e', `redis-cli -p ${redis.port} -e`);
    writeFileSync(script.replace('.sh', '-here.sh'), text);
    return redis.script('probe-here.sh', [what]);
  };
  assert.equal(probe('ready').status, 0);
  assert.equal(probe('alive').status, 0);

  const admin = await redis.connect('admin');
  // A script that runs too long makes everything else answer BUSY.
  await admin.sendCommand(['CONFIG', 'SET', 'busy-reply-threshold', '1']);
  const endless = admin.sendCommand(['EVAL', 'while true do end', '0']).catch((error: unknown) => error);
  const killer = await redis.connect('admin').catch(() => undefined);
  let busy = probe('alive');
  for (let i = 0; i < 50 && !/BUSY/.test(String(probe('ready').stdout)); i++) busy = probe('alive');
  assert.equal(probe('ready').status, 1);
  assert.equal(busy.status, 0);
  await killer?.sendCommand(['SCRIPT', 'KILL']);
  await endless;
  assert.equal(probe('ready').status, 0);

  redis.process.kill('SIGSTOP');
  const hung = probe('alive');
  redis.process.kill('SIGCONT');
  assert.equal(hung.status, 1);
  assert.match(String(hung.stdout), /no answer within 2 s/);

  writeFileSync(join(redis.folder, 'run/redis/probe-password'), 'another');
  const locked = probe('ready');
  assert.equal(locked.status, 1);
  assert.match(String(locked.stdout), /WRONGPASS|NOAUTH/);
});
