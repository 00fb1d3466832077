import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { listenAt } from './listen-at.ts';

test('an IPv4 address is bound at once, and its server listens there', async (t) => {
  const at = listenAt('127.0.0.1', 0);
  const bound = at.handle?.address();
  assert.ok(bound !== undefined && bound.port > 0);
  const server = createServer().listen(at);
  t.after(() => server.close());
  await once(server, 'listening');
  assert.deepEqual(server.address(), { address: '127.0.0.1', family: 'IPv4', port: bound.port });
});

test('a port that is taken is left to listen, which says so', async (t) => {
  const first = createServer().listen(0, '127.0.0.1');
  t.after(() => first.close());
  await once(first, 'listening');
  const { port } = first.address() as AddressInfo;
  const at = listenAt('127.0.0.1', port);
  assert.deepEqual(at, { host: '127.0.0.1', port });
  await assert.rejects(once(createServer().listen(at), 'listening'), /listen EADDRINUSE: address already in use/);
});

test('names and IPv6 addresses are left to listen', () => {
  for (const host of ['localhost', '::', '::1']) assert.deepEqual(listenAt(host, 1), { host, port: 1 });
});
