import type { PutRequest } from './cache.ts';

/** Guards against a caller's bug, never a user's: those were answered by the API's schema long before. */
export function checkKey(key: string): void {
  // A lone surrogate becomes U+FFFD in UTF-8, so two different keys would silently be one.
  if (!key.isWellFormed()) throw new TypeError('a store key must be well-formed Unicode');
}

export function checkPut({ key, value, ttlMs }: PutRequest): void {
  checkKey(key);
  if (value.length === 0) throw new TypeError('a stored value must be JSON, which is never empty');
  if (typeof ttlMs === 'number' && !(Number.isSafeInteger(ttlMs) && ttlMs > 0)) {
    throw new RangeError(`ttlMs must be a whole number of milliseconds from 1, not ${ttlMs}`);
  }
}
