import { sha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256 over the parts one after the other, text as UTF-8, in hexadecimal. `node:crypto` hashes faster, and takes 2 MB
 * of the log collector's memory, on every node, for one line a file; it has no other use there.
 */
export function sha256Hex(...parts: readonly (string | Uint8Array)[]): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.from(hash.digest()).toString('hex');
}
