import type { TestContext } from 'node:test';
import type { Store } from '../../../src/cache/cache.ts';
import type { StoreSettings } from '../../../src/cache/config.ts';
import { openForTest } from './open-for-test.ts';

/** An empty place to store in, and everything another process needs to open it too. */
export interface Ground {
  readonly settings: StoreSettings;
}

export interface Subject {
  /** Name of the adapter, in the tests' names. */
  readonly name: string;
  /** Known at another place to stand many entries: here a few will do. */
  readonly few?: boolean;
  /** @returns `undefined` when this machine cannot provide one; the test is then skipped already. */
  ground(t: TestContext): Promise<Ground | undefined>;
}

/** A store on fresh ground, closed when the test ends; `undefined` when the test was skipped. */
export async function fresh(
  t: TestContext,
  subject: Subject,
): Promise<{ store: Store; settings: StoreSettings } | undefined> {
  const ground = await subject.ground(t);
  if (ground === undefined) return undefined;
  return { store: await another(t, ground.settings), settings: ground.settings };
}

/** One more client of the same store. */
export async function another(t: TestContext, settings: StoreSettings): Promise<Store> {
  const store = await openForTest(settings);
  t.after(() => store.close());
  return store;
}

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Puts a value that nobody looks at. */
export async function putAll(store: Store, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += 500) {
    await Promise.all(keys.slice(i, i + 500).map((key) => store.put({ key, value: json(key), ttlMs: 'never' })));
  }
}

/** Every page of a listing, in order. */
export async function listAll(store: Store, { prefix = '', limit = 100 } = {}): Promise<string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ prefix, limit, ...(after === undefined ? {} : { after }) });
    keys.push(...page.entries.map((entry) => entry.key));
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** The order the port promises, by the definition rather than by our own comparison. */
export function inByteOrder(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
