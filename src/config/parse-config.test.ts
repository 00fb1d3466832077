import assert from 'node:assert/strict';
import test from 'node:test';
import * as Type from 'typebox';
import { isJourneyError } from '../errors/journey-error.ts';
import { parseConfig } from './parse-config.ts';
import { setting } from './schema.ts';

const schema = Type.Object({
  server: Type.Object({
    port: setting(Type.Integer({ default: 8080, minimum: 1, maximum: 65_535 }), { en: 'Port', zh: '端口' }),
    host: setting(Type.String({ default: '0.0.0.0' }), { en: 'Address', zh: '地址' }),
  }),
  logLevel: setting(Type.Enum(['info', 'debug'], { default: 'info' }), { en: 'Level', zh: '级别' }),
});
const parse = (fileText: string | undefined, env: Record<string, string> = {}) =>
  parseConfig(schema, { fileName: 'config.yaml', fileText, env });

test('default < file < environment, and each value says where it came from', () => {
  const config = parse('server: {port: 9000, host: 127.0.0.1}', { JOURNEY_SERVER_HOST: '::1' });
  assert.deepEqual(config.value, { server: { port: 9000, host: '::1' }, logLevel: 'info' });
  assert.deepEqual(
    [...config.sources],
    [
      ['server.port', 'file'],
      ['server.host', 'environment'],
      ['logLevel', 'default'],
    ],
  );
  assert.ok(Object.isFrozen(config.value.server));
});

for (const [what, text, expected] of [
  ['an unknown key names the nearest', 'server: {prot: 1}', /unknown key 'server\.prot'; did you mean 'server\.port'/],
  ['an unknown section names the nearest', 'sever: {port: 1}', /unknown key 'sever'/],
  ['a wrong type', 'server: {port: eighty}', /'server\.port' is "eighty": must be integer/],
  ['a value out of bounds', 'server: {port: 70000}', /'server\.port' is 70000: must be <= 65535/],
  ['a value not among the choices', 'logLevel: loud', /'logLevel' is "loud": must be one of info, debug/],
  ['bad YAML with its place', 'server: {port: [', /line 1/],
  ['a file that is a list', '- a', /top level must be a mapping/],
] as const) {
  test(`${what} is refused with a message that says so`, () => {
    assert.throws(
      () => parse(text),
      (e) => isJourneyError(e, 'config-invalid') && expected.test(e.message),
    );
  });
}

test('every problem is listed at once, with environment variables by name', () => {
  assert.throws(() => parse('nope: 1', { JOURNEY_SERVER_PORT: 'x' }), /'nope'.*JOURNEY_SERVER_PORT/s);
});

test('a JOURNEY_ variable that names no setting is a warning with the nearest one', () => {
  assert.match(parse(undefined, { JOURNEY_SERVER_PROT: '1' }).warnings[0] ?? '', /did you mean 'JOURNEY_SERVER_PORT'/);
});

test('__proto__ in a file is an unknown key and pollutes nothing', () => {
  assert.throws(() => parse('__proto__: {polluted: true}'), /unknown key '__proto__'/);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});
