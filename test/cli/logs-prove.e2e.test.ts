import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { proveCollector } from '../../src/cli/prove/prove-collector.ts';
import { tempFolder } from '../support/temp-folder.ts';

const bin = resolve(import.meta.dirname, '../../bin/journey.mjs');

test('logs prove: kills and an outage, and every line is accounted for', () => {
  const { PATH, HOME } = process.env;
  const args = ['logs', 'prove', '--seconds', '3', '--rate', '2000', '--kills', '1', '--json'];
  const done = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    timeout: 100_000,
    env: { PATH, HOME, LANG: 'C', JOURNEY_BUNDLES: 'off' },
  });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  const { sent, stored, missing, outOfOrder, unknownRepeats, kills, refusedRequests, proven } = JSON.parse(done.stdout);
  assert.deepEqual([sent, stored, missing, outOfOrder, unknownRepeats, kills], [6_000, 6_000, 0, 0, 0, 1]);
  assert.ok(refusedRequests > 0, 'the store was really away');
  assert.equal(proven, true);
  assert.match(done.stderr, /kill -9/);
});

test('a collector that delivers nothing is not proven, and one that does not start is an error', async (t) => {
  const folder = tempFolder(t);
  const idle = join(folder, 'idle.mjs');
  writeFileSync(
    idle,
    `import { createServer } from 'node:http';
     const server = createServer((_, response) => response.end('journey_collector_lost_bytes_total{reason="truncated"} 7\\n'));
     server.listen(0, '127.0.0.1', () => console.log('"http":"127.0.0.1:' + server.address().port + '"'));`,
  );
  const broken = join(folder, 'broken.mjs');
  writeFileSync(broken, 'console.error("no way"); process.exit(78);');
  const prove = (main: string) =>
    proveCollector({
      folder,
      execPath: process.execPath,
      main,
      path: process.env['PATH'],
      seconds: 1,
      linesPerSecond: 100,
      kills: 0,
      drainMs: 100,
      now: process.hrtime.bigint,
      monotonicMs: () => performance.now(),
      progress: () => undefined,
      signal: AbortSignal.timeout(60_000),
    });
  const { sent, stored, missing, lostBytes, proven } = await prove(idle);
  assert.deepEqual(
    { sent, stored, missing, lostBytes, proven },
    { sent: 100, stored: 0, missing: 100, lostBytes: 7, proven: false },
  );
  await assert.rejects(prove(broken), /ended by itself: no way/);
});
