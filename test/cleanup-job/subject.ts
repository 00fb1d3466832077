import { pino } from 'pino';
import type { CleanupStore } from '../../src/cleanup-job/cleanup-store.ts';
import type { CleanupSettings } from '../../src/cleanup-job/config.ts';
import { type CleanupResult, runCleanup } from '../../src/cleanup-job/run-cleanup.ts';

/** A store under test, with ways to lay out data and to look at it that do not go through the clean-up's own port. */
export interface Subject extends AsyncDisposable {
  readonly store: CleanupStore;
  /** Another connection to the same data. */
  another(): Promise<CleanupStore>;
  put(key: string, entry?: PutEntry): Promise<void>;
  delete(key: string): Promise<void>;
  /** What is left of an entry that expired a while ago and that nobody has read since. */
  leaveRemains(key: string): Promise<void>;
  /** @returns `undefined` when nothing readable is there. */
  read(key: string): Promise<{ readonly expiresAt: number | undefined } | undefined>;
  /** Whether anything at all, index entries included, is left of an entry. */
  traces(key: string): Promise<boolean>;
  /** Everything there is, for comparing: data, expiries, indexes, locks. */
  dump(): Promise<unknown>;
}

export interface PutEntry {
  readonly value?: string;
  readonly ttlMs?: number;
  /** Default: now. */
  readonly updatedAt?: number;
}

export const defaults: CleanupSettings = {
  mode: 'report',
  cachePrefixes: ['cache:'],
  retention: [],
  graceSeconds: 3_600,
  minIdleSeconds: 0,
  maxScan: 1_000_000,
  maxDelete: 1_000_000,
  timeBudgetSeconds: 60,
  connectWithinSeconds: 0,
  batchSize: 100,
  bigKeys: 3,
  maxPingMs: 10_000,
};

let runs = 0;

export function run(
  store: CleanupStore,
  settings: Partial<CleanupSettings> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<CleanupResult> {
  return runCleanup({
    store,
    settings: { ...defaults, ...settings },
    owner: { token: `token-${++runs}`, holder: `run-${runs}` },
    logger: pino({ level: 'silent' }),
    signal,
    checkpointEveryMs: 0,
  });
}

/** The same run, but a failure is the test's failure. */
export async function runWell(store: CleanupStore, settings: Partial<CleanupSettings> = {}): Promise<CleanupResult> {
  const result = await run(store, settings);
  if (result.outcome === 'failed') throw result.error;
  return result;
}

/** A store whose `apply` first lets the test do something: the moment between look and act. */
export function between(store: CleanupStore, intervene: () => Promise<void>): CleanupStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'apply') return member.bind(target);
      return async (...args: unknown[]) => {
        await intervene();
        return member.apply(target, args);
      };
    },
  });
}
