import type { Store } from '../cache/cache.ts';
import { statsOf } from './cache-stats.ts';
import { runOf } from './cleanup-runs.ts';
import type { EntryCache } from './entry-answer.ts';
import type { EventHub } from './event-hub.ts';

export interface EventFeedOptions {
  readonly hub: EventHub;
  readonly store: Store;
  readonly cache: EntryCache;
  /** How often what does not announce itself is looked at, in milliseconds. */
  readonly everyMs?: number;
}

const beatMs = 15_000;
/** Events about single keys in one second; a load test must not drown the watchers, or us. */
const maxChangesPerSecond = 50;
const shownKeyLength = 64;

/** Feeds the hub: what the store announces, what has to be looked at, and changes of data, rationed. */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #unsubscribe: () => void;
  #newestRun: string | undefined;
  #looking = false;
  #changes = 0;
  #skipped = 0;

  constructor(options: EventFeedOptions) {
    this.#options = options;
    const { hub, store, everyMs = 5_000 } = options;
    this.#unsubscribe = store.onStatus((status) => hub.publish('store', describe(store.name, status)));
    this.#timers = [
      setInterval(() => void this.#look(), everyMs),
      setInterval(() => hub.beat(), beatMs),
      setInterval(() => this.#ration(), 1_000),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  changed(name: 'data.written' | 'data.deleted', key: string): void {
    if (++this.#changes > maxChangesPerSecond) {
      this.#skipped++;
      return;
    }
    const { hub } = this.#options;
    hub.publish(name, { key: key.length <= shownKeyLength ? key : `${key.slice(0, shownKeyLength)}…` });
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #ration(): void {
    if (this.#skipped > 0) this.#options.hub.publish('data.skipped', { changes: this.#skipped });
    this.#changes = 0;
    this.#skipped = 0;
  }

  /** Nobody tells us about clean-up runs: they are another process's. Asked only while somebody watches. */
  async #look(): Promise<void> {
    const { hub, store, cache } = this.#options;
    if (hub.size === 0 || this.#looking) return;
    this.#looking = true;
    try {
      hub.publish('cache', statsOf(cache.stats()));
      const [newest] = await store.cleanupRuns(1);
      if (newest !== undefined && newest.id !== this.#newestRun) {
        if (this.#newestRun !== undefined) hub.publish('cleanup.run', runOf(newest));
        this.#newestRun = newest.id;
      } else {
        this.#newestRun ??= '';
      }
    } catch {
      // The store is away, which has an event of its own.
    } finally {
      this.#looking = false;
    }
  }
}

function describe(name: string, { up, since, reason }: ReturnType<Store['status']>): object {
  return { name, status: up ? 'up' : 'down', since: new Date(since).toISOString(), reason: reason ?? null };
}
