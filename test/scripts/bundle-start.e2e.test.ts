import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { bundledMain } from '../support/bundles.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

interface Coverage {
  readonly result: readonly {
    readonly functions: readonly { readonly functionName: string; readonly ranges: readonly { count: number }[] }[];
  }[];
}

/** Starts a bundled program with this configuration file; what it has loaded and run when it is stopped. */
async function started(t: TestContext, program: 'api' | 'log-collector', config: string) {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'config.yaml'), config);
  writeFileSync(
    join(folder, 'list.mjs'),
    `process.on('exit', () => process.getBuiltinModule('fs').writeFileSync('loaded.json', JSON.stringify(process.moduleLoadList)));`,
  );
  const child = spawn(process.execPath, ['--import', join(folder, 'list.mjs'), bundledMain(program)], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_V8_COVERAGE: join(folder, 'coverage'),
      JOURNEY_CONFIG_FILE: join(folder, 'config.yaml'),
      POD_NAME: 'x',
      POD_UID: '11111111-1111-1111-1111-111111111111',
      POD_NAMESPACE: 'journey',
      ...(program === 'api'
        ? {
            JOURNEY_SERVER_PORT: '0',
            JOURNEY_SERVER_HOST: '127.0.0.1',
            JOURNEY_SERVER_DRAIN_MS: '0',
            JOURNEY_STORE_SQLITE_FILE: join(folder, 'db'),
          }
        : {
            JOURNEY_HTTP_PORT: '0',
            JOURNEY_HTTP_HOST: '127.0.0.1',
            JOURNEY_LOGS_ROOT: join(folder, 'logs'),
            JOURNEY_STATE_DIRECTORY: join(folder, 'state'),
          }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  await until('it runs', () => /listening on|collector is running/.test(said) || child.exitCode !== null, 60_000);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null], said);
  const builtins = JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as string[];
  const ran = globSync(join(folder, 'coverage/*.json'))
    .flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Coverage).result)
    .flatMap(({ functions }) => functions)
    .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
    .map(({ functionName }) => functionName);
  return {
    has: (builtin: string) => builtins.includes(`NativeModule ${builtin}`),
    /** Whether a CommonJS module was evaluated, by the path that the bundler names it by. */
    ran: (module: string) => ran.some((name) => name.startsWith(`node_modules/${module}`)),
  };
}

/** As a first start makes it. */
const comments = '# level: info\n\n  # indented\n';

test('a started API has loaded nothing that it does not need', async (t) => {
  const { has, ran } = await started(t, 'api', comments);
  assert.ok(has('net') && has('sqlite') && ran('fastify/fastify.js'), 'the search is broken');
  for (const module of ['yaml/', 'ret/', 'safe-regex2/', 'semver/', 'ajv/']) assert.ok(!ran(module), module);
  for (const module of ['internal/deps/undici/undici', 'internal/crypto/webcrypto', 'http2', 'https'])
    assert.ok(!has(module), module);
});

test('a started collector has loaded nothing that it does not need', async (t) => {
  const { has, ran } = await started(t, 'log-collector', comments);
  assert.ok(has('net') && ran('pino/pino.js'), 'the search is broken');
  assert.ok(!ran('yaml/'));
  for (const module of ['internal/deps/undici/undici', 'crypto', 'zlib', 'fs/promises', 'worker_threads', 'assert'])
    assert.ok(!has(module), module);
});

test('a file that sets something is read', async (t) => {
  const { ran } = await started(t, 'log-collector', 'logLevel: debug\n');
  assert.ok(ran('yaml/'));
});
