import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { fetchCacheFigures } from './cache-stats.ts';

test('an API that does not answer in time is told apart from one that is away', async (t) => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.closeAllConnections());
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  assert.deepEqual(await fetchCacheFigures(url), { problem: 'timeout' });
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  const away = await fetchCacheFigures(url);
  assert.match('problem' in away ? away.problem : '', /fetch failed|ECONNREFUSED/);
});
