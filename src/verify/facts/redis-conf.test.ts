import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, parseRedisConf } from './redis-conf.ts';

const running = new Map([
  ['maxmemory', '67108864'],
  ['maxmemory-policy', 'noeviction'],
  ['save', '3600 1 300 100'],
  ['appendonly', 'yes'],
  ['dir', '/data'],
]);
const diff = (conf: string): string =>
  differences(parseRedisConf(conf), running)
    .map((d) => `${d.name} ${d.wanted} ${d.running}`)
    .join('|');

test('sizes, quotes, case, comments and directives that CONFIG GET does not know make no difference', () => {
  assert.equal(
    diff('# comment\nmaxmemory 64mb\nMaxMemory-Policy NoEviction\nappendonly "yes"\ninclude /etc/x.conf\n'),
    '',
  );
});

test('a value that differs is named with both sides', () => {
  assert.equal(diff('maxmemory-policy allkeys-lru'), 'maxmemory-policy allkeys-lru noeviction');
  assert.equal(diff('maxmemory 64m'), 'maxmemory 64m 67108864');
});

test('of a repeated directive the last counts, save lines add up', () => {
  assert.equal(diff('appendonly no\nappendonly yes'), '');
  assert.equal(diff('appendonly yes\nappendonly no'), 'appendonly no yes');
  assert.equal(diff('save 3600 1\nsave 300 100'), '');
  assert.equal(diff('save 60 1'), 'save 60 1 3600 1 300 100');
});

test('save "" means no snapshots at all', () => {
  assert.equal(differences(parseRedisConf('save ""'), new Map([['save', '']])).length, 0);
  assert.equal(differences(parseRedisConf('save ""'), running).length, 1);
});
