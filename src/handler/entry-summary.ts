import type { Static } from 'typebox';
import * as Type from 'typebox';
import type { EntrySummary } from '../cache/cache.ts';
import { says } from './explain.ts';

/** An entry without its value, as writes and listings show it. */
export const Summary = Type.Object({
  key: Type.String(),
  bytes: Type.Integer(says({ en: 'Length of the value as JSON.', zh: '值的 JSON 长度（字节）。' })),
  etag: Type.String(
    says({
      en: 'Strong entity tag of the value, for If-Match and If-None-Match.',
      zh: '值的强实体标签，用于 If-Match 与 If-None-Match。',
    }),
  ),
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
