import { buckets, type RedisKeys } from '../../cache/redis-keys.ts';
import type { EntryFacts, Page, PageOptions, Pass } from '../cleanup-store.ts';
import { append, chunks, keysPerScript } from './group.ts';
import { beginsWithAny, KeyLayout, type Name, nameOf } from './key-layout.ts';
import type { RedisSession } from './redis-session.ts';
import { cleanupScripts as scripts } from './scripts.ts';

/** The ways through a Redis: three kinds of page, each found differently, all looked at by the same script. Reads only. */
export class RedisPages {
  readonly #redis: RedisSession;
  readonly #keys: RedisKeys;
  readonly #layout: KeyLayout;
  #ahead: { readonly cursor: string; readonly count: number; readonly reply: Promise<ScanReply> } | undefined;

  constructor(session: RedisSession, keys: RedisKeys) {
    this.#redis = session;
    this.#keys = keys;
    this.#layout = new KeyLayout(keys);
  }

  page(pass: Pass, cursor: string | undefined, options: PageOptions): Promise<Page> {
    switch (pass) {
      case 'due':
        return this.#duePage(cursor, options);
      case 'index':
        return this.#indexPage(cursor, options);
      case 'keys':
        return this.#keysPage(cursor, options);
    }
  }

  /**
   * By rank from the newest due entry down to rank 0: removing a page does not move the ranks below it, so the next
   * page can be on its way while this one is acted upon. Cursor: bucket and how many ranks are left.
   */
  async #duePage(cursor: string | undefined, options: PageOptions): Promise<Page> {
    const [bucket = 0, left] = cursor === undefined ? [0] : cursor.split(':').map(Number);
    const key = this.#keys.expiry(bucket);
    const count = left ?? Number(await this.#redis.command(['ZCOUNT', key, '-inf', String(options.now)]));
    const from = Math.max(0, count - options.limit);
    const members =
      count === 0 ? [] : ((await this.#redis.bytes(['ZRANGE', key, String(from), String(count - 1)])) as Buffer[]);
    const facts = await this.#inspectEntries(bucket, members.map(nameOf), options);
    return { facts, scanned: members.length, misplaced: 0, next: from > 0 ? `${bucket}:${from}` : nextBucket(bucket) };
  }

  /** In byte order: no duplicates, and a cursor that survives restarts. Cursor: bucket and the last member in base64. */
  async #indexPage(cursor: string | undefined, options: PageOptions): Promise<Page> {
    const [bucketText = '0', last] = (cursor ?? '0').split(':');
    const bucket = Number(bucketText);
    const min = last === undefined ? '-' : Buffer.concat([Buffer.from('('), Buffer.from(last, 'base64')]);
    const range = ['ZRANGE', this.#keys.index(bucket), min, '+', 'BYLEX', 'LIMIT', '0', String(options.limit)];
    const members = (await this.#redis.bytes(range)) as Buffer[];
    const facts = await this.#inspectEntries(bucket, members.map(nameOf), options);
    const end = members.length < options.limit ? undefined : members.at(-1);
    const next = end === undefined ? nextBucket(bucket) : `${bucket}:${end.toString('base64')}`;
    return { facts, scanned: members.length, misplaced: 0, next };
  }

  async #keysPage(cursor: string | undefined, options: PageOptions): Promise<Page> {
    const { next, found } = await this.#scan(cursor ?? '0', options.limit);
    const seen = new Set<string>();
    const entries = new Map<number, Name[]>();
    const raw: Name[] = [];
    let misplaced = 0;
    for (const bytes of found) {
      const name = nameOf(bytes);
      const kind = this.#layout.classify(name);
      const wanted = kind.is === 'entry' || (kind.is === 'raw' && beginsWithAny(name, options.rawPrefixes));
      if (kind.is === 'misplaced') misplaced++;
      if (!wanted || seen.size === seen.add(typeof name === 'string' ? name : name.toString('hex')).size) continue;
      if (kind.is === 'raw') raw.push(name);
      else append(entries, kind.bucket, kind.member);
    }
    const facts = await Promise.all([
      ...[...entries].map(([bucket, members]) => this.#inspectEntries(bucket, members, options)),
      this.#inspectRaw(raw, options),
    ]);
    return { facts: facts.flat(), scanned: found.length, misplaced, next: next === '0' ? undefined : next };
  }

  /**
   * SCAN, with the following one sent off at once: it runs while this page is looked at. The cursor is an unsigned 64-bit
   * number: a string all the way, since a JavaScript number would lose digits.
   */
  async #scan(cursor: string, count: number): Promise<ScanReply> {
    const send = async (from: string): Promise<ScanReply> => {
      const reply = await this.#redis.bytes(['SCAN', from, 'COUNT', String(count)]);
      const [next, found] = reply as [Buffer, Buffer[]];
      return { next: next.toString(), found };
    };
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const sent = ahead?.cursor === cursor && ahead.count === count ? ahead.reply : send(cursor);
    const reply = await sent;
    if (reply.next !== '0') {
      this.#ahead = { cursor: reply.next, count, reply: send(reply.next) };
      // It may never be asked for.
      this.#ahead.reply.catch(() => {});
    }
    return reply;
  }

  async #inspectEntries(bucket: number, members: readonly Name[], options: PageOptions): Promise<EntryFacts[]> {
    const args = [this.#layout.dataPrefixLength, options.now, Number(options.versions), Number(options.measure)];
    const pages = chunks(members, keysPerScript).map(async (chunk) => {
      const data = chunk.map((member) => this.#layout.dataKey(bucket, member));
      const reply = await this.#redis.run(
        scripts.inspectEntries,
        [...this.#indexes(bucket), ...data],
        args.map(String),
      );
      return chunk.map((member, i) => {
        const [at, flags, updated, etag, bytes] = (reply as (number | string)[]).slice(5 * i, 5 * i + 5);
        return {
          kind: 'entry' as const,
          key: member.toString(),
          ref: { name: data[i] as Name, bucket },
          gone: at === -2,
          expiresAt: Number(at) < 0 ? undefined : Number(at),
          indexed: (Number(flags) & 1) !== 0,
          expiryIndexed: (Number(flags) & 2) !== 0,
          due: (Number(flags) & 4) !== 0,
          updatedAt: updated === '' || !Number.isFinite(Number(updated)) ? undefined : Number(updated),
          version: `${updated}\n${etag}`,
          bytes: Number(bytes),
        };
      });
    });
    return (await Promise.all(pages)).flat();
  }

  async #inspectRaw(keys: readonly Name[], options: PageOptions): Promise<EntryFacts[]> {
    const pages = chunks(keys, keysPerScript).map(async (chunk) => {
      const reply = await this.#redis.run(scripts.inspectRaw, chunk, [String(Number(options.measure))]);
      return chunk.map((name, i) => {
        const [at = -2, bytes = 0] = (reply as number[]).slice(2 * i, 2 * i + 2);
        return {
          kind: 'raw' as const,
          key: name.toString(),
          ref: { name, bucket: -1 },
          gone: at === -2,
          expiresAt: at < 0 ? undefined : at,
          indexed: true,
          expiryIndexed: true,
          due: false,
          updatedAt: undefined,
          version: '',
          bytes,
        };
      });
    });
    return (await Promise.all(pages)).flat();
  }

  #indexes(bucket: number): [string, string] {
    return [this.#keys.index(bucket), this.#keys.expiry(bucket)];
  }
}

interface ScanReply {
  readonly next: string;
  readonly found: readonly Buffer[];
}

function nextBucket(bucket: number): string | undefined {
  return bucket + 1 < buckets.length ? String(bucket + 1) : undefined;
}
