import type {
  CleanupRun,
  DeleteResult,
  Entry,
  ListPage,
  ListRequest,
  Precondition,
  PutRequest,
  PutResult,
  Store,
  StoreStatus,
} from '../../../src/cache/cache.ts';
import { Subscribers } from '../../../src/cache/subscribers.ts';
import { JourneyError } from '../../../src/errors/journey-error.ts';
import { silent } from './open-for-test.ts';

export type Moment = 'before' | 'after';

/**
 * A real store whose answers wait at a gate, so that a test decides what meets what. With the store away a command fails
 * before it reaches the store, or after, when a write has been carried out and only the answer is lost.
 */
export class GatedStore implements Store {
  readonly name = 'sqlite';
  readonly #inner: Store;
  readonly #listeners = new Subscribers<readonly string[] | 'all'>(silent);
  /** Waited for on the way to the store and back; the default lets everything pass. */
  gate: (what: string, moment: Moment) => Promise<void> = () => Promise.resolve();
  /** Fails commands at that moment. */
  away: Moment | undefined;
  /** Told when a write has been carried out, whether or not its answer arrives; `undefined` for a delete. */
  onWritten: (key: string, value: Buffer | undefined) => void = () => {};
  /** Gets that reached the store, in order. */
  readonly asked: string[] = [];
  readonly #loading = new Map<string, number>();
  mostLoadsAtOnce = 0;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  async get(key: string): Promise<Entry | undefined> {
    this.asked.push(key);
    const loading = (this.#loading.get(key) ?? 0) + 1;
    this.#loading.set(key, loading);
    this.mostLoadsAtOnce = Math.max(this.mostLoadsAtOnce, loading);
    try {
      return await this.#pass(`get ${key}`, () => this.#inner.get(key), false);
    } finally {
      this.#loading.set(key, (this.#loading.get(key) ?? 1) - 1);
    }
  }

  put(request: PutRequest): Promise<PutResult> {
    const put = async (): Promise<PutResult> => {
      const result = await this.#inner.put(request);
      if (result.outcome !== 'precondition-failed') this.onWritten(request.key, request.value);
      return result;
    };
    return this.#pass(`put ${request.key}`, put, true);
  }

  delete(key: string, precondition?: Precondition): Promise<DeleteResult> {
    const remove = async (): Promise<DeleteResult> => {
      const result = await this.#inner.delete(key, precondition);
      if (result !== 'precondition-failed') this.onWritten(key, undefined);
      return result;
    };
    return this.#pass(`delete ${key}`, remove, true);
  }

  list(request: ListRequest): Promise<ListPage> {
    return this.#inner.list(request);
  }

  ping(): Promise<number> {
    return this.#inner.ping();
  }

  status(): StoreStatus {
    return this.#inner.status();
  }

  onStatus(listener: (status: StoreStatus) => void): () => void {
    return this.#inner.onStatus(listener);
  }

  onInvalidation(listener: (keys: readonly string[] | 'all') => void): () => void {
    return this.#listeners.add(listener);
  }

  /** As if somebody else had written. */
  invalidate(keys: readonly string[] | 'all'): void {
    this.#listeners.emit(keys);
  }

  cleanupRuns(limit: number): Promise<CleanupRun[]> {
    return this.#inner.cleanupRuns(limit);
  }

  recordCleanupRun(run: CleanupRun): Promise<void> {
    return this.#inner.recordCleanupRun(run);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #pass<T>(what: string, work: () => Promise<T>, writes: boolean): Promise<T> {
    await this.gate(what, 'before');
    const params = { store: 'SQLite', reason: 'the test took it away' };
    if (this.away === 'before') throw new JourneyError('store-unavailable', params);
    const result = await work();
    await this.gate(what, 'after');
    if (this.away === 'after') throw new JourneyError(writes ? 'store-outcome-unknown' : 'store-unavailable', params);
    return result;
  }
}
