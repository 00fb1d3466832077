import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { sha256Hex } from './sha256.ts';

test('it is the SHA-256 of OpenSSL over all parts', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const hash = createHash('sha256');
      for (const each of parts) hash.update(each);
      assert.equal(sha256Hex(...parts), hash.digest('hex'));
    }),
  );
});
