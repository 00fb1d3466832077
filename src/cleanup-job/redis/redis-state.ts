import type { RedisKeys } from '../../cache/redis-keys.ts';
import type { HeldLock, LockOwner } from '../cleanup-store.ts';
import type { RedisSession } from './redis-session.ts';
import { cleanupScripts as scripts } from './scripts.ts';

/** The clean-up's own two keys: lock and cursor, each with a TTL. */
export class RedisState {
  readonly #redis: RedisSession;
  readonly #lockKey: string;
  readonly #checkpointKey: string;

  constructor(session: RedisSession, keys: RedisKeys) {
    this.#redis = session;
    this.#lockKey = keys.meta('cleanup:lock');
    this.#checkpointKey = keys.meta('cleanup:cursor');
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
}

function lockValue({ token, holder }: LockOwner): string {
  return `${token} ${holder}`;
}
