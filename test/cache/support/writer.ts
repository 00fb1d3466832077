// A process of its own that writes into the store its first argument describes; see ../conformance.ts.
import { parentPort } from 'node:worker_threads';
import { openForTest } from './open-for-test.ts';

if (parentPort !== null) throw new Error('run me as a process');
const [settings = '', mode, count = '0'] = process.argv.slice(2);
const store = await openForTest(JSON.parse(settings));
const value = Buffer.from(JSON.stringify({ pid: process.pid }));

if (mode === 'race') {
  // All start when told, so that they really meet.
  process.stdout.write('ready\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  let created = 0;
  for (let i = 0; i < Number(count); i++) {
    const result = await store.put({ key: `race-${i}`, value, ttlMs: 'never', precondition: { ifNoneMatch: '*' } });
    if (result.outcome === 'created') created++;
  }
  process.stdout.write(`${created}\n`);
  await store.close();
  process.exit(0);
}

// Writes until killed, or until the store is gone, and says so only after the store has.
for (let i = 0; ; i++) {
  try {
    await store.put({ key: `poured-${i}`, value, ttlMs: 'never' });
  } catch {
    process.exit(0);
  }
  process.stdout.write(`${i}\n`);
}
