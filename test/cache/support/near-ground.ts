import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../../src/cache/cache.ts';
import type { CacheSettings } from '../../../src/cache/config.ts';
import { NearCache } from '../../../src/cache/near-cache.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/cache/sqlite.ts';
import type { Scope } from '../../support/redis-server.ts';
import { GatedStore } from './gated-store.ts';
import { silent } from './open-for-test.ts';

export interface NearGround {
  readonly cache: NearCache<string>;
  readonly store: GatedStore;
  /** The same data without gate and cache: somebody else's hands. */
  readonly others: SqliteStore;
  readonly clock: { now: number };
  /** How often something was derived from an entry. */
  readonly derived: () => number;
}

export const nearSettings: CacheSettings = {
  maxBytes: 1_000_000,
  nearTtlSeconds: 5,
  negativeTtlMs: 500,
  staleIfErrorSeconds: 60,
};

/** A real SQLite store on a clock that only the test moves. */
export function nearStore(scope: Scope): { readonly others: SqliteStore; readonly clock: { now: number } } {
  const folder = mkdtempSync(join(tmpdir(), 'journey-near-'));
  const clock = { now: 1_800_000_000_000 };
  const now = (): number => clock.now;
  const others = openSqliteStore({ file: join(folder, 'near.sqlite'), busyTimeoutMs: 1_000, logger: silent, now });
  scope.after(async () => {
    await others.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { others, clock };
}

/** A near cache over a real store, both on one clock. */
export function nearGround(
  scope: Scope,
  settings: Partial<CacheSettings> = {},
  random: () => number = () => 0,
  { others, clock } = nearStore(scope),
): NearGround {
  const store = new GatedStore(others);
  let derived = 0;
  const derive = (entry: Entry): string => {
    derived++;
    return entry.value.toString();
  };
  const cache = new NearCache<string>({
    store,
    settings: { ...nearSettings, ...settings },
    derive,
    derivedBytes: (text) => text.length * 2,
    now: () => clock.now,
    random,
  });
  scope.after(() => cache.close());
  return { cache, store, others, clock, derived: () => derived };
}
