import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openCleanupStore } from '../../src/cleanup-job/open-cleanup-store.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { freePort, RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { want } from '../support/want.ts';
import { Authority, type Certificate, hasOpenssl } from './support/certificates.ts';
import { settingsOf } from './support/open-for-test.ts';
import { isDown, isUp, put, redisStore } from './support/redis-store.ts';

const cleanUp = { clientName: 'test', now: Date.now, connectWithinMs: 0, signal: new AbortController().signal };

/** A real server with a plain port and one that speaks TLS; none where openssl, or TLS in the server, is wanting. */
async function tlsServer(t: TestContext, authority: Authority, port: number): Promise<RedisServer | undefined> {
  const { certFile, keyFile } = authority.issue();
  const certificate = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', authority.caFile];
  try {
    const args = ['--tls-port', String(port), ...certificate, '--tls-auth-clients', 'no'];
    return await RedisServer.start(t, { args });
  } catch (error) {
    if (!/Bad directive|without TLS support/i.test(String(error))) throw error;
    want(t, false, 'a Redis server with TLS built in', 'the redis-server of Debian and Ubuntu has it');
    return undefined;
  }
}

test('rediss:// speaks TLS, and says what is wrong with a certificate', async (t) => {
  if (!(await wantRedisServer(t)) || !want(t, hasOpenssl(), 'openssl', 'install openssl')) return;
  const authority = new Authority(t);
  const port = await freePort();
  const server = await tlsServer(t, authority, port);
  if (server === undefined) return;
  const { caFile } = authority;
  const url = `rediss://localhost:${port}/0`;
  const serve = ({ certFile, keyFile }: Certificate) =>
    server.command('CONFIG', 'SET', 'tls-cert-file', certFile, 'tls-key-file', keyFile);

  const refused = async (s: TestContext, place: Parameters<typeof redisStore>[1], reason: RegExp): Promise<void> => {
    const store = redisStore(s, { connectTimeoutMs: 5_000, ...place });
    await isDown(store, reason);
    const told = (e: unknown) => isJourneyError(e, 'store-tls') && e.kind.exitCode === 78 && reason.test(e.message);
    await assert.rejects(store.get('k'), told);
  };

  await t.test('the store and the clean-up work', async (s) => {
    const store = redisStore(s, { url, caFile });
    await isUp(store);
    await put(store, 'k', 'over TLS');
    assert.equal((await store.get('k'))?.value.toString(), '"over TLS"');
    const settings = settingsOf('redis', { url, caFile });
    const cleanup = await openCleanupStore({ ...cleanUp, settings });
    await cleanup.preflight();
    await cleanup.close();
  });

  await t.test('a signer that nobody trusts', (s) => refused(s, { url }, /signed by nobody we trust.*caFile/));

  await t.test('a certificate for another name', (s) =>
    refused(s, { url: `rediss://127.0.0.1:${port}`, caFile }, /another name: .*127\.0\.0\.1.*/),
  );

  await t.test('TLS to a plain port, and plain to a TLS port', async (s) => {
    await isDown(redisStore(s, { url: `rediss://localhost:${server.port}`, caFile }), /within 500 ms.* write redis:/);
    const talkative = createServer((socket) => void socket.end('-ERR hello\r\n')).listen(0, 'localhost');
    s.after(() => talkative.close());
    await once(talkative, 'listening');
    const other = talkative.address() as AddressInfo;
    await refused(s, { url: `rediss://localhost:${other.port}`, caFile }, /at this port does not speak TLS/);
    await isDown(
      redisStore(s, { url: `redis://localhost:${port}` }),
      /in the handshake; if it expects TLS, write rediss:/,
    );
  });

  await t.test('files that are missing or hold something else', async (s) => {
    const folder = tempFolder(s);
    const [garbage, { certFile }, { keyFile }] = [join(folder, 'garbage.pem'), authority.issue(), authority.issue()];
    writeFileSync(garbage, 'not a certificate');
    await refused(s, { url, caFile: join(folder, 'none.pem') }, /caFile cannot be read: ENOENT/);
    await refused(s, { url, caFile: garbage }, /caFile cannot be used/);
    await refused(s, { url, caFile, certFile, keyFile }, /certFile, keyFile cannot be used: .*key values mismatch/);
  });

  await t.test('a renewed file is taken without a restart', async (s) => {
    const renewed = join(tempFolder(s), 'ca.pem');
    copyFileSync(new Authority(s).caFile, renewed);
    const store = redisStore(s, { url, caFile: renewed });
    await isDown(store, /signed by nobody we trust/);
    copyFileSync(caFile, renewed);
    await isUp(store);
  });

  await t.test('a server that asks for our certificate', async (s) => {
    await server.command('CONFIG', 'SET', 'tls-auth-clients', 'yes');
    await refused(s, { url, caFile }, /wants a certificate of ours.*certFile/);
    await refused(s, { url, caFile, ...new Authority(s).issue() }, /wants a certificate of ours that it trusts/);
    await isUp(redisStore(s, { url, caFile, ...authority.issue() }));
    await server.command('CONFIG', 'SET', 'tls-auth-clients', 'no');
  });

  await t.test('an expired certificate', async (s) => {
    await serve(authority.issue({ days: -1 }));
    await refused(s, { url, caFile }, /has expired/);
    await serve(authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' }));
    await isUp(redisStore(s, { url: `rediss://127.0.0.1:${port}`, caFile }));
  });
});

// Recorded from redis-server 6.2.5, and the wording of 5.0.
for (const [found, hello] of [
  [
    'redis 6.2.5',
    '%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.2.5\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:3\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n',
  ],
  ['redis < 6', '-ERR unknown command `HELLO`, with args beginning with: `3`, `SETNAME`, `journey-test`, \r\n'],
] as const) {
  test(`a server that is too old, ${found}, is refused with what is needed`, async (t) => {
    const old = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => void socket.write(hello.repeat(chunk.toString().split('\r\nHELLO\r\n').length - 1)));
    }).listen(0, '127.0.0.1');
    t.after(() => old.close());
    await once(old, 'listening');
    const url = `redis://127.0.0.1:${(old.address() as AddressInfo).port}`;
    const told = (e: unknown) =>
      isJourneyError(e, 'store-too-old') &&
      e.message.includes(`is ${found}; needed is Redis 7.0`) &&
      e.kind.exitCode === 78;
    const store = redisStore(t, { url });
    await isDown(store, /needed is Redis 7/);
    await assert.rejects(store.get('k'), told);
    const settings = settingsOf('redis', { url });
    await assert.rejects(openCleanupStore({ ...cleanUp, settings }), told);
  });
}
