/**
 * What the clean-up job needs from a store: find entries, act on them, remember where it stopped. Two adapters pass
 * one conformance suite. The rules never touch a store; the adapters never decide.
 *
 * Every method rejects with a JourneyError when the store cannot be reached, refuses our credentials, or cannot be
 * cleaned as it is; none waits longer than the command deadline.
 */
export interface CleanupStore {
  readonly name: 'sqlite' | 'redis';

  /** Refuses what cannot be cleaned now (loading, replica, wrong password), and tells what is worth a warning. */
  preflight(): Promise<Preflight>;

  /** The store's own clock, in milliseconds since the epoch: expiries are compared with nothing else. */
  now(): Promise<number>;

  /** Round trip. @returns milliseconds. */
  ping(): Promise<number>;

  /** Sizes for the summary, by the store's own names. */
  memory(): Promise<Readonly<Record<string, number>>>;

  /**
   * The next page of one pass, from the start when `cursor` is undefined. Reads only. A page may be empty without
   * being the last, and an entry may come twice: both are properties of SCAN.
   */
  page(pass: Pass, cursor: string | undefined, options: PageOptions): Promise<Page>;

  /**
   * Carries out actions, each re-checked in the same atomic step: one whose entry is no longer as it was seen is left
   * alone.
   * @returns one outcome an action, in order.
   */
  apply(actions: readonly Action[]): Promise<readonly Outcome[]>;

  /** Takes the lock unless somebody holds it. @returns `undefined` when taken, else who holds it. */
  lock(owner: LockOwner, ttlMs: number): Promise<HeldLock | undefined>;
  /** @returns whether the lock was still ours. */
  renewLock(owner: LockOwner, ttlMs: number): Promise<boolean>;
  /** Releases the lock if it is still ours. */
  unlock(owner: LockOwner): Promise<void>;

  loadCheckpoint(): Promise<string | undefined>;
  saveCheckpoint(text: string, ttlMs: number): Promise<void>;
  clearCheckpoint(): Promise<void>;

  close(): Promise<void>;
}

/**
 * The ways through a store, in the order they are walked.
 * - `due`: the expiry index up to now, by score: what has expired is found without looking at anything that has not.
 * - `index`: the ordered index of keys.
 * - `keys`: every key there is, also those no index knows.
 */
export type Pass = 'due' | 'index' | 'keys';
export const passes: readonly Pass[] = ['due', 'index', 'keys'];

export interface Preflight {
  readonly warnings: readonly string[];
  /** Changes when the server restarts: cursors of the earlier process mean nothing to the new one. */
  readonly instance: string;
}

export interface PageOptions {
  /** About how many entries; SCAN may return more or fewer. */
  readonly limit: number;
  /** The run's now, in milliseconds since the epoch. */
  readonly now: number;
  /** Also read versions of entries that have an expiry, which costs a read of each. */
  readonly versions: boolean;
  /** Also measure each entry's memory. */
  readonly measure: boolean;
  /** Which keys outside our layout are to be looked at: those that begin with one of these. */
  readonly rawPrefixes: readonly string[];
}

export interface Page {
  readonly facts: readonly EntryFacts[];
  /** How many index members or keys were looked at for this page. */
  readonly scanned: number;
  /** Entries that lie in a bucket the store would not look for them in; never touched. */
  readonly misplaced: number;
  /** `undefined` on the last page. */
  readonly next: string | undefined;
}

/** What was seen of one entry at one moment. */
export interface EntryFacts {
  /** `entry`: one of ours, with indexes. `raw`: a Redis key outside our layout, written by somebody else. */
  readonly kind: 'entry' | 'raw';
  /** As the API names it; for a raw key its full name. Not always valid UTF-8 underneath: act through `ref`. */
  readonly key: string;
  readonly ref: EntryRef;
  /** Nothing readable is left: the value is gone, index entries linger. */
  readonly gone: boolean;
  /** Milliseconds since the epoch; `undefined` when it never expires (or is gone). */
  readonly expiresAt: number | undefined;
  /** Present in the ordered index. Always true for raw keys and where the table is the index. */
  readonly indexed: boolean;
  /** The expiry index says what the entry's own expiry says. */
  readonly expiryIndexed: boolean;
  /** The expiry index says it should be gone by the run's now. */
  readonly due: boolean;
  /** Last written, in milliseconds since the epoch; `undefined` when not known (raw keys, versions not asked for). */
  readonly updatedAt: number | undefined;
  /** Changes with every write; empty when not known. */
  readonly version: string;
  /** 0 unless measured. */
  readonly bytes: number;
}

/** The adapter's own handle of an entry. */
export interface EntryRef {
  /** The store's own key, as it is to be sent. */
  readonly name: string | Buffer;
  readonly bucket: number;
}

export type Action =
  /** Takes what is left of an entry that is gone out of the indexes. Not if it is back. */
  | { readonly do: 'forget'; readonly entry: EntryFacts }
  /** Makes the indexes say what the entry says. Not if it is gone. */
  | { readonly do: 'reindex'; readonly entry: EntryFacts }
  /** Gives it an expiry: a soft delete. Not if it was rewritten or its expiry changed since it was seen. */
  | { readonly do: 'expire'; readonly entry: EntryFacts; readonly expiresAt: number }
  /** Deletes it. Not if it was rewritten or its expiry changed; a raw key also not if used within `minIdleMs`. */
  | { readonly do: 'unlink'; readonly entry: EntryFacts; readonly minIdleMs: number };

export interface Outcome {
  /** `changed`: not as it was seen. `in-use`: a raw key touched too recently. Both were left alone. */
  readonly result: 'done' | 'changed' | 'in-use';
  /** Bytes the store reckons are freed; 0 unless deleted. */
  readonly bytes: number;
}

export interface LockOwner {
  /** Unique to this run. */
  readonly token: string;
  /** Who to name when somebody else finds the lock: Pod or host name. */
  readonly holder: string;
}

export interface HeldLock {
  readonly holder: string;
  /** Until it lapses unless renewed. */
  readonly remainingMs: number;
}
