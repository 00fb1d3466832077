import { buckets, type RedisKeys } from '../../cache/redis-keys.ts';
import type {
  Action,
  CleanupStore,
  EntryFacts,
  HeldLock,
  LockOwner,
  Outcome,
  Page,
  PageOptions,
  Pass,
  Preflight,
} from '../cleanup-store.ts';
import { KeyLayout, startsWith } from './key-layout.ts';
import { infoOf, preflight } from './preflight.ts';
import type { RedisSession } from './redis-session.ts';
import { cleanupScripts as scripts } from './scripts.ts';

/** Keys one script looks at: some tenths of a millisecond of the server's time. */
const keysPerScript = 200;

export interface RedisCleanupStoreOptions {
  readonly session: RedisSession;
  readonly keys: RedisKeys;
}

/** {@link CleanupStore} on one Redis server; the key layout is `src/cache/redis-keys.ts`. */
export class RedisCleanupStore implements CleanupStore {
  readonly name = 'redis';
  readonly #redis: RedisSession;
  readonly #keys: RedisKeys;
  readonly #layout: KeyLayout;
  readonly #lockKey: string;
  readonly #checkpointKey: string;

  constructor({ session, keys }: RedisCleanupStoreOptions) {
    this.#redis = session;
    this.#keys = keys;
    this.#layout = new KeyLayout(keys);
    this.#lockKey = keys.meta('cleanup:lock');
    this.#checkpointKey = keys.meta('cleanup:cursor');
  }

  preflight(): Promise<Preflight> {
    return preflight(this.#redis);
  }

  async now(): Promise<number> {
    const [seconds, micros] = (await this.#redis.command(['TIME'])) as [string, string];
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  async ping(): Promise<number> {
    const start = performance.now();
    await this.#redis.command(['PING']);
    return performance.now() - start;
  }

  async memory(): Promise<Readonly<Record<string, number>>> {
    const info = await infoOf(this.#redis, 'memory');
    const names = ['used_memory', 'used_memory_rss', 'maxmemory', 'mem_fragmentation_ratio'];
    return Object.fromEntries(names.map((name) => [name, Number(info.get(name))]).filter(([, v]) => !Number.isNaN(v)));
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
    const facts = await this.#inspectEntries(bucket, members, options);
    return { facts, scanned: members.length, misplaced: 0, next: from > 0 ? `${bucket}:${from}` : nextBucket(bucket) };
  }

  /** In byte order: no duplicates, and a cursor that survives restarts. Cursor: bucket and the last member in base64. */
  async #indexPage(cursor: string | undefined, options: PageOptions): Promise<Page> {
    const [bucketText = '0', last] = (cursor ?? '0').split(':');
    const bucket = Number(bucketText);
    const min = last === undefined ? '-' : Buffer.concat([Buffer.from('('), Buffer.from(last, 'base64')]);
    const range = ['ZRANGE', this.#keys.index(bucket), min, '+', 'BYLEX', 'LIMIT', '0', String(options.limit)];
    const members = (await this.#redis.bytes(range)) as Buffer[];
    const facts = await this.#inspectEntries(bucket, members, options);
    const end = members.length < options.limit ? undefined : members.at(-1);
    const next = end === undefined ? nextBucket(bucket) : `${bucket}:${end.toString('base64')}`;
    return { facts, scanned: members.length, misplaced: 0, next };
  }

  async #keysPage(cursor: string | undefined, options: PageOptions): Promise<Page> {
    // The cursor is an unsigned 64-bit number: a string all the way, since a JavaScript number would lose digits.
    const scan = ['SCAN', cursor ?? '0', 'COUNT', String(options.limit)];
    const [end, found] = (await this.#redis.bytes(scan)) as [Buffer, Buffer[]];
    const next = end.toString();
    const prefixes = options.rawPrefixes.map((prefix) => Buffer.from(prefix));
    const seen = new Set<string>();
    const entries = new Map<number, Buffer[]>();
    const raw: Buffer[] = [];
    let misplaced = 0;
    for (const key of found) {
      const kind = this.#layout.classify(key);
      const wanted = kind.is === 'entry' || (kind.is === 'raw' && prefixes.some((prefix) => startsWith(key, prefix)));
      if (kind.is === 'misplaced') misplaced++;
      if (!wanted || seen.size === seen.add(key.toString('latin1')).size) continue;
      if (kind.is === 'raw') raw.push(key);
      else append(entries, kind.bucket, kind.member);
    }
    const facts = await Promise.all([
      ...[...entries].map(([bucket, members]) => this.#inspectEntries(bucket, members, options)),
      this.#inspectRaw(raw, options),
    ]);
    return { facts: facts.flat(), scanned: found.length, misplaced, next: next === '0' ? undefined : next };
  }

  async #inspectEntries(bucket: number, members: readonly Buffer[], options: PageOptions): Promise<EntryFacts[]> {
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
          ref: { raw: data[i] as Buffer, bucket },
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

  async #inspectRaw(keys: readonly Buffer[], options: PageOptions): Promise<EntryFacts[]> {
    const pages = chunks(keys, keysPerScript).map(async (chunk) => {
      const reply = await this.#redis.run(scripts.inspectRaw, chunk, [String(Number(options.measure))]);
      return chunk.map((raw, i) => {
        const [at = -2, bytes = 0] = (reply as number[]).slice(2 * i, 2 * i + 2);
        return {
          kind: 'raw' as const,
          key: raw.toString(),
          ref: { raw, bucket: -1 },
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

  async apply(actions: readonly Action[]): Promise<readonly Outcome[]> {
    const outcomes = new Array<Outcome>(actions.length);
    const groups = new Map<number, number[]>();
    for (const [i, { entry }] of actions.entries()) append(groups, entry.ref.bucket, i);
    const batches = [...groups].flatMap(([bucket, all]) =>
      chunks(all, keysPerScript).map(async (positions) => {
        const batch = positions.map((i) => actions[i] as Action);
        const reply = (await (bucket === -1 ? this.#applyRaw(batch) : this.#applyEntries(bucket, batch))) as number[];
        for (const [j, position] of positions.entries()) outcomes[position] = outcome(reply[j] ?? -1);
      }),
    );
    await Promise.all(batches);
    return outcomes;
  }

  #applyEntries(bucket: number, batch: readonly Action[]): Promise<unknown> {
    const keys = [...this.#indexes(bucket), ...batch.map(({ entry }) => entry.ref.raw)];
    const args = batch.flatMap((action) => [
      letters[action.do],
      String(action.entry.expiresAt ?? -1),
      ...(action.entry.version.split('\n', 2) as [string, string]),
      action.do === 'expire' ? String(Math.trunc(action.expiresAt)) : '',
    ]);
    return this.#redis.run(scripts.applyEntries, keys, [String(this.#layout.dataPrefixLength), ...args]);
  }

  #applyRaw(batch: readonly Action[]): Promise<unknown> {
    const keys = batch.map(({ entry }) => entry.ref.raw);
    const args = batch.flatMap((action) => {
      if (action.do === 'expire') return [letters.expire, String(Math.trunc(action.expiresAt))];
      if (action.do === 'unlink') return [letters.unlink, String(Math.ceil(action.minIdleMs / 1_000))];
      throw new RangeError(`a raw key has no index to ${action.do}`);
    });
    return this.#redis.run(scripts.applyRaw, keys, args);
  }

  async lock(owner: LockOwner, ttlMs: number): Promise<HeldLock | undefined> {
    const reply = await this.#redis.run(scripts.takeLock, [this.#lockKey], [lockValue(owner), String(ttlMs)]);
    if (reply === null) return undefined;
    const [value, remainingMs] = reply as [string, number];
    return { holder: value.slice(value.indexOf(' ') + 1), remainingMs };
  }

  async renewLock(owner: LockOwner, ttlMs: number): Promise<boolean> {
    return (await this.#redis.run(scripts.renewLock, [this.#lockKey], [lockValue(owner), String(ttlMs)])) === 1;
  }

  async unlock(owner: LockOwner): Promise<void> {
    await this.#redis.run(scripts.releaseLock, [this.#lockKey], [lockValue(owner)]);
  }

  async loadCheckpoint(): Promise<string | undefined> {
    return ((await this.#redis.command(['GET', this.#checkpointKey])) as string | null) ?? undefined;
  }

  async saveCheckpoint(text: string, ttlMs: number): Promise<void> {
    await this.#redis.run(scripts.saveCheckpoint, [this.#checkpointKey], [text, String(ttlMs)]);
  }

  async clearCheckpoint(): Promise<void> {
    await this.#redis.command(['DEL', this.#checkpointKey]);
  }

  async close(): Promise<void> {
    this.#redis.close();
  }

  #indexes(bucket: number): [string, string] {
    return [this.#keys.index(bucket), this.#keys.expiry(bucket)];
  }
}

const letters = { forget: 'F', reindex: 'R', expire: 'E', unlink: 'U' } as const;

function outcome(reply: number): Outcome {
  if (reply === -2) return { result: 'in-use', bytes: 0 };
  return reply < 0 ? { result: 'changed', bytes: 0 } : { result: 'done', bytes: reply };
}

function lockValue({ token, holder }: LockOwner): string {
  return `${token} ${holder}`;
}

function nextBucket(bucket: number): string | undefined {
  return bucket + 1 < buckets.length ? String(bucket + 1) : undefined;
}

function append<T>(groups: Map<number, T[]>, group: number, item: T): void {
  const items = groups.get(group);
  if (items === undefined) groups.set(group, [item]);
  else items.push(item);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
