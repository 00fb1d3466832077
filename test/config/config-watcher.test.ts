import assert from 'node:assert/strict';
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as Type from 'typebox';
import { type ConfigChange, ConfigWatcher, type WatchDirectory } from '../../src/config/config-watcher.ts';
import { setting } from '../../src/config/schema.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { ConfigMapVolume } from './config-map-volume.ts';

const schema = Type.Object({
  server: Type.Object({
    port: setting(Type.Integer({ default: 8080 }), { en: 'Port', zh: '端口', restart: true }),
    greeting: setting(Type.String({ default: 'hello' }), { en: 'Greeting', zh: '问候语' }),
  }),
});

interface Watched {
  readonly watcher: ConfigWatcher<typeof schema>;
  readonly file: string;
  readonly changes: ConfigChange[];
  readonly rejections: string[];
  readonly degradations: string[];
}

async function watched(
  t: TestContext,
  options: { text: string; file?: string; pollMs?: number; watch?: WatchDirectory },
): Promise<Watched> {
  const file = options.file ?? join(tempFolder(t), 'config.yaml');
  if (options.file === undefined) writeFileSync(file, options.text);
  const { pollMs = 60_000, watch } = options;
  const watcher = await ConfigWatcher.start({
    schema,
    file,
    env: {},
    pollMs,
    ...(watch === undefined ? {} : { watch }),
  });
  t.after(() => watcher.close());
  const seen: Watched = { watcher, file, changes: [], rejections: [], degradations: [] };
  watcher.on({
    reloaded: (change) => seen.changes.push(change),
    rejected: ({ reason }) => seen.rejections.push(reason),
    degraded: (reason) => seen.degradations.push(reason),
  });
  return seen;
}

const greets = ({ watcher }: Watched, greeting: string): Promise<true> =>
  until(`the greeting is ${greeting}`, () => watcher.current.value.server.greeting === greeting || undefined);

test('three ConfigMap updates, published as the kubelet does, are each taken over once', async (t) => {
  const volume = new ConfigMapVolume(tempFolder(t), 'server: {greeting: zero}');
  const seen = await watched(t, { text: '', file: volume.file });
  for (const greeting of ['one', 'two', 'three']) {
    volume.publish(`server: {greeting: ${greeting}}`);
    await greets(seen, greeting);
  }
  assert.deepEqual(seen.changes, Array(3).fill({ applied: ['server.greeting'], needRestart: [] }));
  assert.deepEqual(seen.rejections, []);
});

test('an editor that renames over the file is noticed', async (t) => {
  const seen = await watched(t, { text: 'server: {greeting: old}' });
  writeFileSync(`${seen.file}.swp`, 'server: {greeting: new}');
  renameSync(`${seen.file}.swp`, seen.file);
  await greets(seen, 'new');
});

test('an editor that empties the file before writing it never brings the defaults into force', async (t) => {
  const seen = await watched(t, { text: 'server: {greeting: old, port: 9000}' });
  for (const greeting of ['first', 'second']) {
    const handle = openSync(seen.file, 'w');
    await delay(25); // the watcher's look falls into this gap
    writeSync(handle, `server: {greeting: ${greeting}, port: 9000}`);
    closeSync(handle);
    await greets(seen, greeting);
  }
  assert.deepEqual(seen.changes, Array(2).fill({ applied: ['server.greeting'], needRestart: [] }));
});

test('invalid YAML, a deleted file and a wrong type keep the last good configuration and say why', async (t) => {
  const seen = await watched(t, { text: 'server: {greeting: good}' });
  const refused = (n: number) => until(`refusal ${n}`, () => seen.rejections[n - 1]);
  writeFileSync(seen.file, 'server: {greeting: [');
  assert.match(await refused(1), /line 1/);
  rmSync(seen.file);
  assert.match(await refused(2), /there is no such file/);
  writeFileSync(seen.file, 'server: {port: x}');
  assert.match(await refused(3), /'server\.port' is "x": must be integer/);
  assert.equal(seen.watcher.current.value.server.greeting, 'good');
  assert.match(seen.watcher.rejected?.reason ?? '', /must be integer/);
  // The poll sees the same fault again and again: that is not news.
  await seen.watcher.check();
  await seen.watcher.check();
  assert.equal(seen.rejections.length, 3);
});

test('a file restored as it was clears the refusal', async (t) => {
  const seen = await watched(t, { text: 'server: {greeting: good}' });
  rmSync(seen.file);
  await until('the loss is noticed', () => seen.watcher.rejected);
  writeFileSync(seen.file, 'server: {greeting: good}');
  await until('the refusal is cleared', () => seen.watcher.rejected === undefined);
  assert.deepEqual(seen.changes, [{ applied: [], needRestart: [] }]);
});

test('an unknown key in a reload is refused with the nearest name', async (t) => {
  const seen = await watched(t, { text: '' });
  writeFileSync(seen.file, 'server: {greting: hi}');
  assert.match(await until('refused', () => seen.rejections[0]), /did you mean 'server\.greeting'/);
});

test('a setting that needs a restart keeps its running value, is pending, and stops pending when reverted', async (t) => {
  const seen = await watched(t, { text: 'server: {port: 9000}' });
  const { hash } = seen.watcher.current;
  writeFileSync(seen.file, 'server: {port: 9001, greeting: hi}');
  await greets(seen, 'hi');
  assert.equal(seen.watcher.current.value.server.port, 9000);
  assert.deepEqual(seen.watcher.pendingRestart, ['server.port']);
  assert.deepEqual(seen.changes[0], { applied: ['server.greeting'], needRestart: ['server.port'] });
  writeFileSync(seen.file, '# nothing\n');
  await greets(seen, 'hello');
  assert.equal(seen.watcher.current.value.server.port, 9000, 'back to the default is a change as well');
  assert.equal(seen.watcher.current.sources.get('server.port'), 'file');
  assert.deepEqual(seen.watcher.pendingRestart, ['server.port']);
  writeFileSync(seen.file, 'server: {port: 9000}');
  await until('nothing is pending', () => seen.watcher.pendingRestart.length === 0);
  assert.equal(seen.watcher.current.hash, hash);
});

test('an empty file means all defaults', async (t) => {
  const seen = await watched(t, { text: '' });
  assert.deepEqual(seen.watcher.current.value, { server: { port: 8080, greeting: 'hello' } });
});

test('a missing file at the start is an error that names it', async (t) => {
  const file = join(tempFolder(t), 'none.yaml');
  await assert.rejects(
    ConfigWatcher.start({ schema, file, env: {} }),
    (e) => isJourneyError(e, 'config-invalid') && e.message.includes(file),
  );
});

test('where directories cannot be watched, the poll finds the change and the loss is reported once', async (t) => {
  const watch: WatchDirectory = () => {
    throw new Error('ENOSPC: System limit for number of file watchers reached');
  };
  const seen = await watched(t, { text: '', pollMs: 30, watch });
  writeFileSync(seen.file, 'server: {greeting: polled}');
  await greets(seen, 'polled');
  assert.deepEqual(seen.degradations, ['ENOSPC: System limit for number of file watchers reached']);
});

test('a busy neighbour in the directory causes no event, and cannot starve the look at our file', async (t) => {
  const seen = await watched(t, { text: '' });
  const noise = setInterval(() => writeFileSync(`${seen.file}.log`, String(Math.random())), 4);
  t.after(() => clearInterval(noise));
  writeFileSync(seen.file, 'server: {greeting: heard}');
  await greets(seen, 'heard');
  await delay(100);
  assert.equal(seen.changes.length, 1);
});

test('after close nothing is reported, even from a look that had begun', async (t) => {
  const seen = await watched(t, { text: '' });
  writeFileSync(seen.file, 'server: {greeting: late}');
  const look = seen.watcher.check();
  seen.watcher.close();
  await look;
  assert.deepEqual([seen.changes, seen.rejections], [[], []]);
  assert.equal(seen.watcher.current.value.server.greeting, 'hello');
});
