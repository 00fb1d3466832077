import * as Type from 'typebox';
import type { Store } from '../cache/cache.ts';
import type { HandlerSettings } from './context.ts';
import type { EntryCache } from './entry-answer.ts';
import { says } from './explain.ts';

/** What the endpoints under /api/v1/data need. */
export interface DataContext {
  readonly cache: EntryCache;
  readonly store: Store;
  readonly settings: () => HandlerSettings;
  /** Told about every change made through this process. */
  readonly changed: (event: 'data.written' | 'data.deleted', key: string) => void;
}

/** The last part of an entry's path. */
export const KeyPath = Type.Object({
  key: Type.String(says({ en: 'The key, percent-encoded.', zh: '键，使用百分号编码。' })),
});
