import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { findPortHolder, parseLsof } from './port-holder.ts';

test('lsof’s field output gives pid and command', () => {
  assert.deepEqual(parseLsof('p4711\ncnode\nf23\n'), { pid: 4711, command: 'node' });
  assert.equal(parseLsof(''), undefined);
});

for (const address of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
  test(`who listens on ${address} is found`, async (t) => {
    const server = createServer();
    t.after(() => server.close());
    const listening = await new Promise<boolean>((settle) => {
      server.once('error', () => settle(false)).listen(0, address, () => settle(true));
    });
    if (!listening) return t.skip(`this machine has no ${address}`);
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const holder = await findPortHolder(port, { platform: process.platform });
    assert.equal(holder?.pid, process.pid);
    assert.match(holder?.command ?? '', /node/);
  });
}
