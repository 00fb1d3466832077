import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { freshCopy } from '../supervisor/stack-process.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

test('the bundles run with nothing beside them', async (t) => {
  const source = freshCopy(t);
  const built = spawnSync(process.execPath, [join(source, 'scripts/build.mjs')], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  // Only dist/, in an empty folder with no node_modules above it.
  const folder = tempFolder(t);
  cpSync(join(source, 'dist'), join(folder, 'dist'), { recursive: true });
  assert.deepEqual(
    built.stdout
      .trim()
      .split('\n')
      .map((file) => file.slice(source.length)),
    ['/dist/api/main.js', '/dist/log-collector/main.js', '/dist/cleanup-job/main.js'],
  );
  const env = {
    PATH: process.env['PATH'],
    JOURNEY_STORE_SQLITE_FILE: join(folder, 'data/journey.sqlite'),
    JOURNEY_SERVER_PORT: '0',
    JOURNEY_SERVER_DRAIN_MS: '0',
    JOURNEY_HTTP_PORT: '0',
    JOURNEY_LOGS_ROOT: join(folder, 'logs'),
    JOURNEY_STATE_DIRECTORY: join(folder, 'state'),
  };
  const main = (program: string) => join(folder, 'dist', program, 'main.js');

  await t.test('the API serves, as the version it was built from', async (t) => {
    const api = spawn(process.execPath, [main('api')], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => api.kill('SIGKILL'));
    let output = '';
    api.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const port = await until('it listens', () => /"port":(\d+)/.exec(output)?.[1], 60_000);
    const info = await fetch(`http://127.0.0.1:${port}/api/v1/info`);
    assert.equal(info.status, 200);
    assert.equal(((await info.json()) as { version: string }).version, packageJson.version);
    api.kill('SIGTERM');
    assert.equal(await until('it stops', () => (api.exitCode === null ? undefined : `${api.exitCode}`), 30_000), '0');
  });

  await t.test('the collector collects', async (t) => {
    const pod = join(folder, 'logs/journey_app-1_11111111-1111-1111-1111-111111111111/app');
    mkdirSync(pod, { recursive: true });
    writeFileSync(join(pod, '0.log'), '2026-01-02T03:04:05.123456789Z stdout F hello from a bundle\n');
    const compressed = gzipSync('2026-01-02T03:04:04.123456789Z stdout F hello from an archive\n');
    writeFileSync(join(pod, '0.log.20260102-030405.gz'), compressed);
    const collector = spawn(process.execPath, [main('log-collector')], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => collector.kill('SIGKILL'));
    let output = '';
    collector.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until('the record comes out', () => output.includes('hello from a bundle'), 60_000);
    await until('so does that of a compressed file', () => output.includes('hello from an archive'), 60_000);
  });

  await t.test('the clean-up cleans', () => {
    const done = spawnSync(process.execPath, [main('cleanup-job'), '--mode', 'report'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /"outcome":"done"/);
  });
});
