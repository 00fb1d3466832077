/**
 * The port between the API and its data. Two adapters pass the same conformance suite: SQLite (embedded) and Redis.
 *
 * Every method rejects with a JourneyError: `store-unavailable` (not connected, no answer by the deadline, still
 * loading), `store-full`, `store-read-only`, `store-credentials`, `store-corrupt`, `store-foreign`. None waits longer
 * than the store's command deadline. `put` and `delete` may also reject with `store-outcome-unknown`: sent, but no answer
 * came; nothing is repeated behind the caller's back.
 *
 * Keys are well-formed Unicode, values at least one byte long; the caller checks both and their sizes.
 */
export interface Store {
  readonly name: 'sqlite' | 'redis';

  get(key: string): Promise<Entry | undefined>;

  /** Atomic compare-and-set: the precondition, the value, its expiry and its index entries change together or not at all. */
  put(request: PutRequest): Promise<PutResult>;

  delete(key: string, precondition?: Precondition): Promise<DeleteResult>;

  /** One page in ascending order of the keys' UTF-8 bytes; entries that have expired are left out. */
  list(request: ListRequest): Promise<ListPage>;

  /** Round trip to the store. @returns milliseconds. */
  ping(): Promise<number>;

  /** What is known without asking. Never blocks, never throws. */
  status(): StoreStatus;

  /** Called when {@link status} changes between up and down. @returns a function that ends the subscription. */
  onStatus(listener: (status: StoreStatus) => void): () => void;

  /**
   * Keys whose stored entry may have been changed by somebody else: another Pod, the clean-up job, a person with
   * redis-cli. `'all'` when which ones is not known (reconnect, bulk change): a cache in front must forget everything.
   * @returns a function that ends the subscription.
   */
  onInvalidation(listener: (keys: readonly string[] | 'all') => void): () => void;

  /** The newest clean-up runs, newest first. */
  cleanupRuns(limit: number): Promise<CleanupRun[]>;

  /** Keeps a finished run; the store holds the last {@link maxCleanupRuns}. */
  recordCleanupRun(run: CleanupRun): Promise<void>;

  close(): Promise<void>;
}

export const maxCleanupRuns = 50;

/** What a listing shows of an entry. */
export interface EntrySummary {
  readonly key: string;
  /** Length of the value's JSON in bytes. */
  readonly bytes: number;
  /** Strong entity tag with its quotes, from the value's bytes alone: equal on every replica and in every tier. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Milliseconds since the epoch; `undefined` when the entry never expires. */
  readonly expiresAt: number | undefined;
}

export interface Entry extends EntrySummary {
  /** The value as JSON text in UTF-8, byte for byte what was put. */
  readonly value: Buffer;
  /**
   * Milliseconds the entry had left when it was read, by the store's own clock; `undefined` when it never expires.
   * Unlike {@link expiresAt} it is right even when this machine's clock and the store's differ.
   */
  readonly ttlLeftMs: number | undefined;
}

/** RFC 9110 §13.1: entity tags with their quotes, or `*`. */
export interface Precondition {
  /** Holds if the entry exists with one of these tags (`*`: exists at all). */
  readonly ifMatch?: readonly string[] | '*';
  /** Holds if the entry does not exist with any of these tags (`*`: does not exist at all). */
  readonly ifNoneMatch?: readonly string[] | '*';
}

export interface PutRequest {
  readonly key: string;
  readonly value: Buffer;
  /**
   * Whole milliseconds from now (at least 1), `'keep'` the present expiry (none for a new entry), or `'never'`.
   * An entry that has expired counts as absent here and in preconditions, even while its row or key is still there.
   */
  readonly ttlMs: number | 'keep' | 'never';
  readonly precondition?: Precondition;
}

export type PutResult =
  | {
      readonly outcome: 'created' | 'updated';
      readonly entry: EntrySummary;
      /** As {@link Entry.ttlLeftMs}, at the moment of the write. */
      readonly ttlLeftMs: number | undefined;
    }
  | { readonly outcome: 'precondition-failed' };

export type DeleteResult = 'deleted' | 'not-found' | 'precondition-failed';

export interface ListRequest {
  /** Only keys that begin with this; empty for all. Taken literally: `*` and `[` mean themselves. */
  readonly prefix: string;
  readonly limit: number;
  /** Continue after this key; it need not exist any more. */
  readonly after?: string;
}

export interface ListPage {
  readonly entries: readonly EntrySummary[];
  /** Pass as `after` for the next page; `undefined` on the last one. */
  readonly next: string | undefined;
}

export interface StoreStatus {
  readonly up: boolean;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** Why it is down; `undefined` when up. */
  readonly reason: string | undefined;
}

/** One run of the clean-up job, as recorded and served. Counts are entries unless the name says bytes. */
export interface CleanupRun {
  readonly id: string;
  readonly mode: 'report' | 'expire' | 'unlink';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'done' | 'partial' | 'failed';
  /** Why it is partial or failed; `undefined` when done. */
  readonly reason: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
}
