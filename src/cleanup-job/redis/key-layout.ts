import { crc32 } from 'node:zlib';
import { bucketCount, type RedisKeys } from '../../cache/redis-keys.ts';

export type KeyClass =
  /** Data of ours in the bucket where the store looks for it. */
  | { readonly is: 'entry'; readonly bucket: number; readonly member: Buffer }
  /** Data of ours where the store does not look. */
  | { readonly is: 'misplaced' }
  /** Our indexes, locks, records. */
  | { readonly is: 'ours' }
  /** Somebody else's. */
  | { readonly is: 'raw' };

/** Tells by its bytes what a Redis key is to us. Names need not be valid UTF-8. */
export class KeyLayout {
  readonly #keys: RedisKeys;
  readonly #ours: Buffer;
  readonly #dataMarker: Buffer;
  /** Length of what stands before the entry's own key; the same in every bucket. */
  readonly dataPrefixLength: number;

  constructor(keys: RedisKeys) {
    this.#keys = keys;
    const sample = keys.dataPrefix(0);
    this.dataPrefixLength = Buffer.byteLength(sample);
    this.#ours = Buffer.from(sample.slice(0, sample.indexOf('{') + 1));
    this.#dataMarker = Buffer.from(sample.slice(sample.indexOf('}')));
  }

  classify(raw: Buffer): KeyClass {
    if (!startsWith(raw, this.#ours)) return { is: 'raw' };
    const tag = raw.toString('latin1', this.#ours.length, this.#ours.length + 2);
    if (!/^\d\d$/.test(tag) || !startsWith(raw, this.#dataMarker, this.#ours.length + 2)) return { is: 'ours' };
    const bucket = Number(tag);
    const member = raw.subarray(this.dataPrefixLength);
    return crc32(member) % bucketCount === bucket ? { is: 'entry', bucket, member } : { is: 'misplaced' };
  }

  dataKey(bucket: number, member: Buffer): Buffer {
    return Buffer.concat([Buffer.from(this.#keys.dataPrefix(bucket)), member]);
  }
}

export function startsWith(bytes: Buffer, prefix: Buffer, at = 0): boolean {
  return bytes.length >= at + prefix.length && bytes.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0;
}
