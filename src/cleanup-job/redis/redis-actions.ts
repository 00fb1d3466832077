import type { RedisKeys } from '../../cache/redis-keys.ts';
import type { Action, Outcome } from '../cleanup-store.ts';
import { append, chunks, keysPerScript } from './group.ts';
import type { RedisSession } from './redis-session.ts';
import { cleanupScripts as scripts } from './scripts.ts';

/** Carries actions out, a script for each few hundred of one bucket (or of raw keys); they are sent off together. */
export class RedisActions {
  readonly #redis: RedisSession;
  readonly #keys: RedisKeys;
  readonly #prefixLength: string;

  constructor(session: RedisSession, keys: RedisKeys) {
    this.#redis = session;
    this.#keys = keys;
    this.#prefixLength = String(Buffer.byteLength(keys.dataPrefix(0)));
  }

  async apply(actions: readonly Action[]): Promise<readonly Outcome[]> {
    const outcomes = new Array<Outcome>(actions.length);
    const groups = new Map<number, number[]>();
    for (const [i, { entry }] of actions.entries()) append(groups, entry.ref.bucket, i);
    const batches = [...groups].flatMap(([bucket, all]) =>
      chunks(all, keysPerScript).map(async (positions) => {
        const batch = positions.map((i) => actions[i] as Action);
        const reply = (await (bucket === -1 ? this.#applyRaw(batch) : this.#applyEntries(bucket, batch))) as number[];
        for (const [j, position] of positions.entries()) outcomes[position] = outcome(reply[j] ?? -1, batch[j]);
      }),
    );
    await Promise.all(batches);
    return outcomes;
  }

  #applyEntries(bucket: number, batch: readonly Action[]): Promise<unknown> {
    const keys = [this.#keys.index(bucket), this.#keys.expiry(bucket), ...batch.map(({ entry }) => entry.ref.name)];
    const args = batch.flatMap((action) => [
      letters[action.do],
      String(action.entry.expiresAt ?? -1),
      ...(action.entry.version.split('\n', 2) as [string, string]),
      action.do === 'expire' ? String(Math.trunc(action.expiresAt)) : '',
      measure(action),
    ]);
    return this.#redis.run(scripts.applyEntries, keys, [this.#prefixLength, ...args]);
  }

  #applyRaw(batch: readonly Action[]): Promise<unknown> {
    const keys = batch.map(({ entry }) => entry.ref.name);
    const args = batch.flatMap((action) => {
      if (action.do === 'expire') return [letters.expire, String(Math.trunc(action.expiresAt)), '0'];
      if (action.do === 'unlink') return [letters.unlink, String(Math.ceil(action.minIdleMs / 1_000)), measure(action)];
      throw new RangeError(`a raw key has no index to ${action.do}`);
    });
    return this.#redis.run(scripts.applyRaw, keys, args);
  }
}

const letters = { forget: 'F', reindex: 'R', expire: 'E', unlink: 'U' } as const;

/** Whether the script has to measure what it frees: not again what the look has just measured. */
function measure({ do: what, entry }: Action): '0' | '1' {
  return what === 'unlink' && entry.bytes === 0 ? '1' : '0';
}

function outcome(reply: number, action: Action | undefined): Outcome {
  if (reply < 0) return { result: reply === -2 ? 'in-use' : 'changed', bytes: 0 };
  return { result: 'done', bytes: action?.do === 'unlink' ? action.entry.bytes || reply : 0 };
}
