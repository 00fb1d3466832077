import type { Entry } from '../cache/cache.ts';
import type { Lookup, NearCache } from '../cache/near-cache.ts';
import { shownKey } from '../telemetry/request-telemetry.ts';

/** What a read sends of an entry that does not change while it is in memory: built once a load, sent many times. */
export interface EntryAnswer {
  /**
   * `{"key":…,"value":…}` with the value's bytes exactly as they were put. A small one is a string of Latin-1, one
   * character a byte: Node sends that together with the head in one write, where a Buffer takes two.
   */
  readonly body: Buffer | string;
  /** In bytes. */
  readonly length: number;
  readonly contentLength: string;
  /** The lines of the head before the value of Cache-Status and after it. */
  readonly headBefore: string;
  readonly headAfter: string;
  /** The key as log lines show it, quoted. */
  readonly logKey: string;
}

/** The near cache as the API fills it. */
export type EntryCache = NearCache<EntryAnswer>;
export type EntryLookup = Lookup<EntryAnswer>;

/** Above it, copying the body beside the head costs more than a second write. */
const maxInlineBytes = 8_192;

/** For `NearCacheOptions.derive`. */
export function answerOf({ key, value, etag }: Entry): EntryAnswer {
  const head = `{"key":${JSON.stringify(key)},"value":`;
  const body = Buffer.allocUnsafeSlow(Buffer.byteLength(head) + value.length + 1);
  const at = body.write(head);
  value.copy(body, at);
  body.write('}', at + value.length);
  return {
    body: body.length <= maxInlineBytes ? body.toString('latin1') : body,
    length: body.length,
    contentLength: String(body.length),
    headBefore: `etag: ${etag}\r\ncache-control: no-cache\r\ncache-status: `,
    headAfter: `\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`,
    logKey: shownKey(key),
  };
}

/** For `NearCacheOptions.derivedBytes`. */
export function answerBytes({ length, logKey }: EntryAnswer): number {
  return length + logKey.length * 2 + 400;
}

/**
 * Headers that describe an entry, for 200 and 304 alike (RFC 9110 §15.4.5), name and value by turns.
 * `no-cache` lets anyone keep a copy but asks to check it with its ETag before each use: we can change at any moment.
 */
export function entryHeaders(etag: string, status: string): string[] {
  return ['etag', etag, 'cache-control', 'no-cache', 'cache-status', status];
}

/** RFC 9211: which tier answered and for how many whole seconds that stays fresh. */
export function cacheStatus({ tier, result, freshForMs }: Pick<EntryLookup, 'tier' | 'result' | 'freshForMs'>): string {
  if (result === 'hit') return nearHitStatus(freshForMs);
  const ttl = Math.floor(freshForMs / 1_000);
  if (result === 'stale') return `journey-near; hit; ttl=${ttl}; detail="store unavailable"`;
  if (result === 'negative') return `journey-near; hit; ttl=${ttl}; detail=negative`;
  const collapsed = result === 'joined' ? '; collapsed' : '';
  const stored = freshForMs > 0 ? `; stored; ttl=${ttl}` : '';
  return `journey-near; fwd=miss${collapsed}${stored}; detail=${tier}`;
}

const nearHits: string[] = [];

/** The commonest one, composed once for each number of seconds. */
export function nearHitStatus(freshForMs: number): string {
  const ttl = Math.floor(freshForMs / 1_000);
  const known = nearHits[ttl];
  if (known !== undefined) return known;
  const text = `journey-near; hit; ttl=${ttl}`;
  if (ttl < 1_000) nearHits[ttl] = text;
  return text;
}
