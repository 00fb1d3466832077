import { crc32 } from 'node:zlib';

/**
 * How entries are spread over Redis keys.
 *
 * Every entry belongs to one of 16 buckets. The bucket number stands in braces, which Redis Cluster takes as the hash
 * tag: an entry and the two indexes it appears in always live in the same slot, so one script may change all three.
 *
 * ```
 * journey:{07}:data:<key>     hash        value, etag, updated; carries the expiry (PEXPIREAT)
 * journey:{07}:index          sorted set  member = key, score 0: keys in byte order
 * journey:{07}:expiry         sorted set  member = key, score = expiry in ms since the epoch; entries with one only
 * journey:{meta}:cleanup:runs list        JSON of the newest clean-up runs, newest first
 * ```
 *
 * Redis removes an expired `data` key by itself but not its two index members: those are the clean-up job's work, and
 * every reader of an index must check that the entry still exists.
 */
export const bucketCount = 16;

/** All bucket numbers, `0` to `15`. */
export const buckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => bucket);

/** CRC-32 of the key's UTF-8 bytes modulo {@link bucketCount}. Changing either loses sight of stored data. */
export function bucketOf(key: string): number {
  return crc32(key) % bucketCount;
}

export interface RedisKeys {
  /** Everything we write matches this; the pattern for an ACL rule (`~journey:*`). */
  readonly pattern: string;
  data(key: string): string;
  /** What {@link data} begins with in one bucket; append the key. */
  dataPrefix(bucket: number): string;
  index(bucket: number): string;
  expiry(bucket: number): string;
  readonly cleanupRuns: string;
  /** Anything else that belongs to the installation rather than to an entry: locks, cursors. */
  meta(name: string): string;
}

/** @param prefix `store.redis.keyPrefix`; must not contain braces, which would move the hash tag. */
export function redisKeys(prefix: string): RedisKeys {
  const inBucket = buckets.map((bucket) => `${prefix}:{${String(bucket).padStart(2, '0')}}:`);
  const bucketPrefix = (bucket: number): string => {
    const found = inBucket[bucket];
    if (found === undefined) throw new RangeError(`bucket ${bucket} is not in 0..${bucketCount - 1}`);
    return found;
  };
  const meta = (name: string): string => `${prefix}:{meta}:${name}`;
  return {
    pattern: `${prefix}:*`,
    data: (key) => `${bucketPrefix(bucketOf(key))}data:${key}`,
    dataPrefix: (bucket) => `${bucketPrefix(bucket)}data:`,
    index: (bucket) => `${bucketPrefix(bucket)}index`,
    expiry: (bucket) => `${bucketPrefix(bucket)}expiry`,
    cleanupRuns: meta('cleanup:runs'),
    meta,
  };
}
