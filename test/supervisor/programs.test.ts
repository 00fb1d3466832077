import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { apiConfigSchema } from '../../src/api/config.ts';
import { cleanupJobConfigSchema } from '../../src/cleanup-job/config.ts';
import { at, parseConfig } from '../../src/config/parse-config.ts';
import { listSettings } from '../../src/config/schema.ts';
import { collectorConfigSchema } from '../../src/log-collector/config.ts';
import { dataFolder } from '../../src/supervisor/folder/data-folder.ts';
import { defaultPorts, definePrograms, programNames, type StackOptions } from '../../src/supervisor/programs.ts';
import { entrypoint } from '../support/image-entrypoint.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testHost } from './start-supervisor.ts';

const schemas = {
  api: apiConfigSchema,
  'log-collector': collectorConfigSchema,
  'cleanup-job': cleanupJobConfigSchema,
} as const;
const free: StackOptions = { port: 0, metricsPort: 0 };

function define(root: string, stack: StackOptions, env: Readonly<Record<string, string>> = {}) {
  return definePrograms({ stack, folder: dataFolder(root), host: testHost(env), mainOf: (name) => name });
}

test('the ports we assume are the defaults of the programs’ schemas', () => {
  const fallback = (schema: typeof apiConfigSchema | typeof collectorConfigSchema, path: string) =>
    listSettings(schema).find((setting) => setting.path === path)?.default;
  assert.equal(fallback(apiConfigSchema, 'server.port'), defaultPorts.api);
  assert.equal(fallback(collectorConfigSchema, 'http.port'), defaultPorts['log-collector']);
});

test('the collector is started as its image starts it', async (t) => {
  const { nodeFlags, env } = (await define(tempFolder(t), free))['log-collector'];
  const image = entrypoint('log-collector');
  assert.notDeepEqual(image.nodeFlags, []);
  for (const flag of image.nodeFlags) assert.ok(nodeFlags.includes(flag), flag);
  for (const [name, value] of Object.entries(image.env)) assert.equal(env[name], value);
});

test('every variable a program is given names one of its settings, and is accepted', async (t) => {
  const stack: StackOptions = { ...free, logLevel: 'debug', store: { kind: 'redis', url: 'redis://127.0.0.1:1/2' } };
  const programs = await define(tempFolder(t), stack);
  for (const name of programNames) {
    const { env } = programs[name];
    const { warnings, value } = parseConfig(schemas[name], { fileName: name, fileText: undefined, env });
    assert.deepEqual(warnings, []);
    assert.equal(at(value, 'logLevel'), 'debug');
    if (name === 'log-collector') continue;
    assert.deepEqual([at(value, 'store.kind'), at(value, 'store.redis.url')], ['redis', 'redis://127.0.0.1:1/2']);
  }
});

test('address and drain: option before environment before file before what suits one machine', async (t) => {
  const root = tempFolder(t);
  const of = async (stack: StackOptions, env?: Readonly<Record<string, string>>) => {
    const { api } = await define(root, { ...free, ...stack }, env);
    return [api.probe?.address, api.env['JOURNEY_SERVER_DRAIN_MS']];
  };
  assert.deepEqual(await of({}), ['127.0.0.1', '0']);
  const file = dataFolder(root).configFile('api');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'server: {host: 127.0.0.2, drainMs: 7}\n');
  assert.deepEqual(await of({}), ['127.0.0.2', undefined]);
  assert.deepEqual(await of({}, { JOURNEY_SERVER_HOST: '127.0.0.3' }), ['127.0.0.3', undefined]);
  assert.deepEqual(await of({ address: '127.0.0.4' }, { JOURNEY_SERVER_HOST: '127.0.0.3' }), ['127.0.0.4', undefined]);
  // A file that does not parse is the program's to refuse, in its own words.
  writeFileSync(file, 'server: [');
  assert.deepEqual(await of({}), ['127.0.0.1', '0']);
});
