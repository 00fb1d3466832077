import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { bucketCount, type RedisKeys } from '../../cache/redis-keys.ts';

/**
 * A key's bytes: as text where that says them exactly, since the client writes a script's hundreds of keys as one piece if
 * they are text and piece by piece if they are not.
 */
export type Name = string | Buffer;

export function nameOf(bytes: Buffer): Name {
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

export type KeyClass =
  /** Data of ours in the bucket where the store looks for it. */
  | { readonly is: 'entry'; readonly bucket: number; readonly member: Name }
  /** Data of ours where the store does not look. */
  | { readonly is: 'misplaced' }
  /** Our indexes, locks, records. */
  | { readonly is: 'ours' }
  /** Somebody else's. */
  | { readonly is: 'raw' };

/** Tells by its bytes what a Redis key is to us. */
export class KeyLayout {
  readonly #keys: RedisKeys;
  readonly #ours: string;
  readonly #dataMarker: string;
  /** Length of what stands before the entry's own key; the same in every bucket, and ASCII, so in bytes as in characters. */
  readonly dataPrefixLength: number;

  constructor(keys: RedisKeys) {
    this.#keys = keys;
    const sample = keys.dataPrefix(0);
    this.dataPrefixLength = sample.length;
    this.#ours = sample.slice(0, sample.indexOf('{') + 1);
    this.#dataMarker = sample.slice(sample.indexOf('}'));
  }

  classify(name: Name): KeyClass {
    const text = typeof name === 'string' ? name : name.toString('latin1');
    if (!text.startsWith(this.#ours)) return { is: 'raw' };
    const tag = text.slice(this.#ours.length, this.#ours.length + 2);
    if (!/^\d\d$/.test(tag) || !text.startsWith(this.#dataMarker, this.#ours.length + 2)) return { is: 'ours' };
    const bucket = Number(tag);
    const member = typeof name === 'string' ? name.slice(this.dataPrefixLength) : name.subarray(this.dataPrefixLength);
    return crc32(member) % bucketCount === bucket ? { is: 'entry', bucket, member } : { is: 'misplaced' };
  }

  dataKey(bucket: number, member: Name): Name {
    const prefix = this.#keys.dataPrefix(bucket);
    return typeof member === 'string' ? prefix + member : Buffer.concat([Buffer.from(prefix), member]);
  }
}

/** Whether a name begins with the bytes of one of these. */
export function beginsWithAny(name: Name, prefixes: readonly string[]): boolean {
  if (typeof name === 'string') return prefixes.some((prefix) => name.startsWith(prefix));
  const text = name.toString('latin1');
  return prefixes.some((prefix) => text.startsWith(Buffer.from(prefix).toString('latin1')));
}
