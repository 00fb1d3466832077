import type { RedisKeys } from '../../cache/redis-keys.ts';
import type {
  Action,
  CleanupStore,
  HeldLock,
  LockOwner,
  Outcome,
  Page,
  PageOptions,
  Pass,
  Preflight,
} from '../cleanup-store.ts';
import { infoOf, preflight } from './preflight.ts';
import { RedisActions } from './redis-actions.ts';
import { RedisPages } from './redis-pages.ts';
import type { RedisSession } from './redis-session.ts';
import { RedisState } from './redis-state.ts';

export interface RedisCleanupStoreOptions {
  readonly session: RedisSession;
  readonly keys: RedisKeys;
}

/** {@link CleanupStore} on one Redis server; the key layout is `src/cache/redis-keys.ts`. */
export class RedisCleanupStore implements CleanupStore {
  readonly name = 'redis';
  readonly #redis: RedisSession;
  readonly #pages: RedisPages;
  readonly #actions: RedisActions;
  readonly #state: RedisState;

  constructor({ session, keys }: RedisCleanupStoreOptions) {
    this.#redis = session;
    this.#pages = new RedisPages(session, keys);
    this.#actions = new RedisActions(session, keys);
    this.#state = new RedisState(session, keys);
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
    return this.#pages.page(pass, cursor, options);
  }

  apply(actions: readonly Action[]): Promise<readonly Outcome[]> {
    return this.#actions.apply(actions);
  }

  lock(owner: LockOwner, ttlMs: number): Promise<HeldLock | undefined> {
    return this.#state.lock(owner, ttlMs);
  }

  renewLock(owner: LockOwner, ttlMs: number): Promise<boolean> {
    return this.#state.renewLock(owner, ttlMs);
  }

  unlock(owner: LockOwner): Promise<void> {
    return this.#state.unlock(owner);
  }

  loadCheckpoint(): Promise<string | undefined> {
    return this.#state.loadCheckpoint();
  }

  saveCheckpoint(text: string, ttlMs: number): Promise<void> {
    return this.#state.saveCheckpoint(text, ttlMs);
  }

  clearCheckpoint(): Promise<void> {
    return this.#state.clearCheckpoint();
  }

  async close(): Promise<void> {
    this.#redis.close();
  }
}
