// What the near cache costs, as ratios within this run: `node --expose-gc bench/near-cache.ts`
// 1. memory really held over memory accounted for, which must not exceed 1 or maxBytes would be a lie;
// 2. a hit over a bare Map.get, and over JSON.stringify of the same value, which a hit saves.
import type { Entry, Store } from '../src/cache/cache.ts';
import { etagOf } from '../src/cache/etag.ts';
import { standalone } from '../src/cache/near/standalone.ts';
import { NearCache } from '../src/cache/near-cache.ts';

const settings = { maxBytes: 2 ** 40, nearTtlSeconds: 86_400, negativeTtlMs: 60_000, staleIfErrorSeconds: 0 };

/** A store that makes up an entry for every key; nothing here measures a store. */
function storeOf(valueBytes: number): Store {
  const value = Buffer.from(JSON.stringify('x'.repeat(valueBytes - 2)));
  const get = async (key: string): Promise<Entry | undefined> => {
    if (key.startsWith('absent')) return undefined;
    const copy = Buffer.from(value);
    // A tag of its own as in life, not one string shared by all.
    const etag = etagOf(Buffer.from(key));
    return {
      key,
      value: copy,
      bytes: copy.length,
      etag,
      updatedAt: Date.now(),
      expiresAt: Date.now() + 1e9,
      ttlLeftMs: 1e9,
    };
  };
  return { get, onInvalidation: () => () => {} } as unknown as Store;
}

const settle = (): number => {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

interface Derived {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}
const derive = (entry: Entry): Derived => ({
  body: standalone(entry.value),
  headers: { etag: entry.etag, 'content-length': String(entry.bytes) },
});
const derivedBytes = (derived: Derived): number => derived.body.length + 400;

async function memory(count: number, valueBytes: number, keyOf: (i: number) => string): Promise<number> {
  const cache = new NearCache({ store: storeOf(valueBytes), settings, derive, derivedBytes });
  const before = settle();
  for (let i = 0; i < count; i++) await cache.get(keyOf(i));
  const held = settle() - before;
  const { bytes, entries } = cache.stats();
  if (entries !== count) throw new Error(`${entries} of ${count} kept`);
  return held / bytes;
}

if (globalThis.gc === undefined) throw new Error('run me with --expose-gc');
const rows: Record<string, number> = {};
for (const [count, valueBytes] of [
  [100_000, 20],
  [50_000, 1_000],
  [2_000, 50_000],
] as const) {
  rows[`memory held / accounted, ${valueBytes}-byte values`] = await memory(count, valueBytes, (i) => `key-${i}`);
}
rows['memory held / accounted, 1000-byte keys'] = await memory(20_000, 20, (i) => `键${i}`.padEnd(1_000, '键'));
rows['memory held / accounted, absent keys'] = await memory(100_000, 20, (i) => `absent-${i}`);

const time = (work: (i: number) => unknown): number => {
  const rounds = 300_000;
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < 7; repeat++) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) work(i);
    best = Math.min(best, (performance.now() - start) / rounds);
  }
  return best;
};
const cache = new NearCache({ store: storeOf(1_000), settings, derive, derivedBytes });
const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`);
const map = new Map<string, object>();
for (const key of keys) {
  await cache.get(key);
  map.set(key, { key, text: 'x'.repeat(1_000) });
}
const keyAt = (i: number): string => keys[i % keys.length] as string;
const hit = time((i) => cache.peek(keyAt(i)));
rows['hit / Map.get'] = hit / time((i) => map.get(keyAt(i)));
rows['hit / JSON.stringify of 1 kB'] = hit / time((i) => JSON.stringify(map.get(keyAt(i))));
rows['hits per second on this machine, millions'] = 1 / hit / 1_000;
for (const [name, value] of Object.entries(rows)) console.log(`${value.toFixed(2).padStart(8)}  ${name}`);
