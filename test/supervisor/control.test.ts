import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import test from 'node:test';
import { askOnce, askSupervisor } from '../../src/supervisor/control/control-client.ts';
import type { ControlReply } from '../../src/supervisor/control/protocol.ts';
import { socketPath } from '../../src/supervisor/control/socket-path.ts';
import { until } from '../support/until.ts';
import { startSupervisor } from './start-supervisor.ts';

test('the control socket answers status and clean-up, for this user only, and passes failures on', async (t) => {
  const { supervisor, folder } = await startSupervisor(t);
  await supervisor.ready;
  const path = socketPath(folder.root, process.platform);
  assert.equal(statSync(path).mode & 0o077, 0);
  const signal = AbortSignal.timeout(10_000);
  const status = await askOnce(path, { op: 'status' }, signal);
  assert.ok(status?.kind === 'status' && status.status.pid === process.pid);
  const [long, refused] = [askOnce(path, { op: 'cleanup', mode: 'expire' }, signal), await second()];
  assert.ok(refused?.kind === 'error' && refused.code === 'cleanup-running');
  await supervisor.stop();
  assert.ok(await long);

  async function second() {
    await until('the first runs', () => supervisor.status.cleanup.running);
    return askOnce(path, { op: 'cleanup' }, signal);
  }
});

test('lines are followed, of the programs asked for; a follower that does not read stops nobody', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  const path = socketPath(stack.folder.root, process.platform);
  const deaf = connect({ path });
  deaf.write('{"op":"logs","programs":[]}\n');
  deaf.pause();
  t.after(() => deaf.destroy());
  const stop = new AbortController();
  const seen: ControlReply[] = [];
  const following = (async () => {
    for await (const reply of askSupervisor(path, { op: 'logs', programs: ['api'] }, stop.signal)) seen.push(reply);
  })();
  await until('something is followed', async () => {
    await stack.get('api', '/do/flood');
    return seen.length > 10;
  });
  assert.deepEqual(seen[0], { kind: 'following' });
  assert.ok(seen.slice(1).every((reply) => reply.kind === 'line' && reply.program === 'api'));
  stop.abort();
  await following;
  assert.equal(await stack.get('log-collector', '/livez').then((text) => text.length > 0), true);
});

for (const [what, text] of [
  ['no JSON', 'hello\n'],
  ['an unknown request', '{"op":"explode"}\n'],
  ['a line without end', 'x'.repeat(3_000_000)],
] as const) {
  test(`${what} on the control socket is answered or cut off, and harms nothing`, async (t) => {
    const { supervisor, folder } = await startSupervisor(t);
    const path = socketPath(folder.root, process.platform);
    const socket = connect({ path });
    socket.on('error', () => undefined);
    socket.write(text);
    await until(
      'we are hung up on',
      () => socket.destroyed || socket.readableEnded || !socket.readable || socket.read() === null,
    );
    socket.destroy();
    const status = await askOnce(path, { op: 'status' }, AbortSignal.timeout(10_000));
    assert.equal(status?.kind, 'status');
    assert.ok(supervisor.status.pid > 0);
  });
}

test('a folder whose path is too long for a socket gets one in the temporary folder', () => {
  const long = `/${'x'.repeat(120)}`;
  assert.ok(Buffer.byteLength(socketPath(long, 'linux')) <= 103);
  assert.notEqual(socketPath(long, 'linux'), socketPath(`${long}y`, 'linux'));
  assert.match(socketPath('/short', 'linux'), /^\/short\/run\/control\.sock$/);
});
