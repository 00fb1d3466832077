import assert from 'node:assert/strict';
import test from 'node:test';
import { isJourneyError } from '../errors/journey-error.ts';
import { parseRedisAddress } from './redis-address.ts';

for (const [text, expected] of [
  ['redis://redis', { host: 'redis', port: 6379, database: 0, tls: false }],
  ['redis://redis:6380/3', { host: 'redis', port: 6380, database: 3, tls: false }],
  [
    'redis://redis-0.redis.journey.svc.cluster.local:6379/',
    { host: 'redis-0.redis.journey.svc.cluster.local', port: 6379, database: 0, tls: false },
  ],
  ['rediss://redis.example:6380', { host: 'redis.example', port: 6380, database: 0, tls: true }],
  ['redis://[::1]:7000', { host: '::1', port: 7000, database: 0, tls: false }],
] as const) {
  test(`${text} is read`, () => assert.deepEqual(parseRedisAddress(text), expected));
}

for (const [text, expected] of [
  ['tcp://10.0.0.7:6379', /enableServiceLinks/],
  ['redis://:secret@redis', /passwordFile/],
  ['redis://user@redis', /passwordFile/],
  ['rediss://:secret@redis', /passwordFile/],
  ['http://redis', /only redis:\/\//],
  ['redis:6379', /host is missing/],
  ['redis', /not a URL/],
  ['', /not a URL/],
  ['redis://redis:port', /not a URL/],
  ['redis://redis:70000', /not a URL/],
  ['redis://redis/zero', /not a number/],
  ['redis://redis/-1', /not a number/],
  ['redis://redis/0?db=1', /nothing may follow/],
] as const) {
  test(`'${text}' is refused with the way out`, () => {
    assert.throws(
      () => parseRedisAddress(text),
      (e) => isJourneyError(e, 'config-invalid') && e.message.startsWith('store.redis.url') && expected.test(e.message),
    );
  });
}

test('a password in the address is not repeated in the message', () => {
  assert.throws(
    () => parseRedisAddress('redis://:secret@redis'),
    (e) => !String(e).includes('secret'),
  );
});
