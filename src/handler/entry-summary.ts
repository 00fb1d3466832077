import Type, { type Static } from 'typebox';
import type { EntrySummary } from '../cache/cache.ts';

/** An entry without its value, as writes and listings show it. */
export const Summary = Type.Object({
  key: Type.String(),
  bytes: Type.Integer({ description: 'Length of the value as JSON.' }),
  etag: Type.String({ description: 'Strong entity tag of the value, for If-Match and If-None-Match.' }),
  updatedAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});

export function summaryOf(entry: EntrySummary): Static<typeof Summary> {
  return {
    key: entry.key,
    bytes: entry.bytes,
    etag: entry.etag,
    updatedAt: new Date(entry.updatedAt).toISOString(),
    expiresAt: entry.expiresAt === undefined ? null : new Date(entry.expiresAt).toISOString(),
  };
}

/** A key as a problem document quotes it. */
export function quotedKey(key: string): string {
  return JSON.stringify(key.length <= 200 ? key : `${key.slice(0, 200)}…`);
}
