import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from './crc32.ts';

test('it is the CRC-32 of zlib', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(crc32(text), zlibCrc32(text))));
  assert.equal(crc32('123456789'), 0xcbf43926);
});
