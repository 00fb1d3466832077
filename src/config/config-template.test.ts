import assert from 'node:assert/strict';
import test from 'node:test';
import * as Type from 'typebox';
import { configTemplate, setsNothing } from './config-template.ts';
import { parseConfig } from './parse-config.ts';
import { setting } from './schema.ts';
import { settingsTable } from './settings-table.ts';

const schema = Type.Object({
  logLevel: setting(Type.Enum(['info', 'debug'], { default: 'info' }), { en: 'Log level', zh: '日志级别' }),
  server: Type.Object({
    port: setting(Type.Integer({ default: 8080, minimum: 1, maximum: 65_535 }), {
      en: 'Port',
      zh: '端口',
      restart: true,
    }),
    tls: Type.Object({
      names: setting(Type.Array(Type.String(), { default: ['a', 'b'] }), { en: 'Names', zh: '名称' }),
    }),
  }),
  secret: setting(Type.String({ default: '', pattern: '^(a|b)*$' }), { en: 'Se|cret', zh: '密码', secret: true }),
});
const load = (fileText: string) => parseConfig(schema, { fileName: 'x', fileText, env: {} });

for (const language of ['en', 'zh'] as const) {
  test(`a new ${language} file sets nothing, and uncommented it is every default`, () => {
    const template = configTemplate('api', schema, language);
    assert.ok(setsNothing(template));
    assert.ok([...load(template).sources.values()].every((source) => source === 'default'));
    const uncommented = load(template.replace(/^#/gm, ''));
    assert.deepEqual(uncommented.value, load('').value);
    assert.ok([...uncommented.sources.values()].every((source) => source === 'file'));
  });
}

test('what is chosen is set, and nothing else; the rest can still be uncommented', () => {
  const template = configTemplate('api', schema, 'en', { 'server.tls.names': ['c'] });
  const { value, sources } = load(template);
  assert.deepEqual(value, { ...load('').value, server: { port: 8080, tls: { names: ['c'] } } });
  assert.deepEqual(
    [...sources].filter(([, source]) => source === 'file').map(([path]) => path),
    ['server.tls.names'],
  );
  const uncommented = load(template.replace(/^#/gm, ''));
  assert.deepEqual(uncommented.value, value);
  assert.ok([...uncommented.sources.values()].every((source) => source === 'file'));
});

test('a file with one live line sets something', () => {
  assert.equal(setsNothing('# a\n\n  # b\n'), true);
  assert.equal(setsNothing('# a\nserver:\n'), false);
});

test('the settings table has one row a setting, in either language, with bars escaped', () => {
  assert.equal(
    settingsTable(schema, 'en'),
    [
      '| Setting | Environment variable | Default | Accepts | Meaning |',
      '| --- | --- | --- | --- | --- |',
      '| `logLevel` | `JOURNEY_LOG_LEVEL` | `"info"` | `info \\| debug` | Log level |',
      '| `server.port` | `JOURNEY_SERVER_PORT` | `8080` | `integer 1…65535` | Port Takes effect after a restart. |',
      '| `server.tls.names` | `JOURNEY_SERVER_TLS_NAMES` | `["a","b"]` | `string[]` | Names |',
      '| `secret` | `JOURNEY_SECRET` | `***` | `string ^(a\\|b)*$` | Se\\|cret |',
      '',
    ].join('\n'),
  );
  assert.match(settingsTable(schema, 'zh'), /\| `server\.port` .* \| 端口重启后生效。 \|/);
});
