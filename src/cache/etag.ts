import { createHash } from 'node:crypto';

/**
 * Strong entity tag (RFC 9110 §8.8.3) of a value, with its quotes: SHA-256 of the bytes cut to 128 bits. It depends on
 * nothing else, so every replica, tier and adapter gives equal bytes equal tags and writing the same value again keeps it.
 */
export function etagOf(value: Buffer): string {
  return `"${createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')}"`;
}
