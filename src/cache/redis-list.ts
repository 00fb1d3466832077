import type { EntrySummary, ListPage, ListRequest } from './cache.ts';
import { compareKeys, endOfPrefix } from './key-order.ts';
import type { RedisConnection } from './redis-connection.ts';
import { bucketCount, buckets, type RedisKeys } from './redis-keys.ts';
import { storeScripts } from './redis-script.ts';

/** Index members one script call looks at; sixteen calls of it hold the server up for a few milliseconds. */
const stepsPerCall = 250;

/** How far one bucket's index has been read. */
interface Reader {
  readonly bucket: number;
  /** Read but not yet on the page, in order. */
  ready: EntrySummary[];
  /** Lower bound of what is unread, as ZRANGEBYLEX takes it; `undefined` when the range is exhausted. */
  low: string | undefined;
}

/**
 * One page over all buckets: each bucket's index is read in order, in one pipeline per round, and the sixteen streams are
 * merged. Which keys are alive is decided on the server beside the index, so members left behind by expired entries
 * neither show nor shorten a page.
 *
 * When the time is up in the middle (very many such members), the page ends where all buckets have been read to and
 * `next` goes on from there.
 */
export async function listRedis(
  connection: RedisConnection,
  keys: RedisKeys,
  { prefix, limit, after }: ListRequest,
  timeoutMs: number,
): Promise<ListPage> {
  const deadline = performance.now() + timeoutMs;
  const end = endOfPrefix(prefix);
  const high = end === undefined ? '+' : `(${end}`;
  const low = after !== undefined && compareKeys(after, prefix) >= 0 ? `(${after}` : `[${prefix}`;
  const readers: Reader[] = buckets.map((bucket) => ({ bucket, ready: [], low }));
  const page: EntrySummary[] = [];
  // A bucket holds about a sixteenth of the keys; a little more saves most pages a second round.
  const wanted = Math.ceil((limit + 1) / bucketCount) + 4;
  for (;;) {
    await Promise.all(readers.filter(isHungry).map((reader) => fill(connection, keys, reader, { high, wanted })));
    takeInOrder(readers, page, limit);
    const full = page.length === limit;
    const ready = readers.some((reader) => reader.ready.length > 0);
    if (full && ready) return { entries: page, next: page.at(-1)?.key };
    if (!ready && !readers.some(isHungry)) return { entries: page, next: undefined };
    if (performance.now() >= deadline) return { entries: page, next: full ? page.at(-1)?.key : frontierOf(readers) };
  }
}

/** Must be read on before anything after its last position can be placed. */
function isHungry(reader: Reader): boolean {
  return reader.ready.length === 0 && reader.low !== undefined;
}

/** The key up to which every bucket has been read; `undefined` when no bucket needs to be read on. */
function frontierOf(readers: readonly Reader[]): string | undefined {
  let frontier: string | undefined;
  for (const reader of readers) {
    if (!isHungry(reader)) continue;
    const position = (reader.low ?? '').slice(1);
    if (frontier === undefined || compareKeys(position, frontier) < 0) frontier = position;
  }
  return frontier;
}

/** Moves the smallest ready entries to the page, in order, until it is full or a bucket must be read on first. */
function takeInOrder(readers: readonly Reader[], page: EntrySummary[], limit: number): void {
  while (page.length < limit) {
    const upTo = frontierOf(readers);
    let first: { readonly reader: Reader; readonly entry: EntrySummary } | undefined;
    for (const reader of readers) {
      const [entry] = reader.ready;
      if (entry !== undefined && (first === undefined || compareKeys(entry.key, first.entry.key) < 0)) {
        first = { reader, entry };
      }
    }
    if (first === undefined || (upTo !== undefined && compareKeys(first.entry.key, upTo) > 0)) return;
    page.push(first.entry);
    first.reader.ready.shift();
  }
}

async function fill(
  connection: RedisConnection,
  keys: RedisKeys,
  reader: Reader,
  { high, wanted }: { readonly high: string; readonly wanted: number },
): Promise<void> {
  const { bucket, low = '' } = reader;
  const args = [keys.dataPrefix(bucket), low, high, String(wanted), String(stepsPerCall)];
  const reply = (await connection.run(storeScripts.list, [keys.index(bucket)], args)) as [Buffer, ...unknown[]];
  const [last, ...fields] = reply;
  reader.low = last.length === 0 ? undefined : `(${last.toString()}`;
  for (let i = 0; i < fields.length; i += 5) {
    const [key, bytes, etag, updated, expires] = fields.slice(i, i + 5) as [Buffer, number, Buffer, Buffer, number];
    reader.ready.push({
      key: key.toString(),
      bytes,
      etag: etag.toString(),
      updatedAt: Number(updated.toString()),
      expiresAt: expires < 0 ? undefined : expires,
    });
  }
}
