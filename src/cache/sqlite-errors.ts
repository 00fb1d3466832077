import { JourneyError, reasonOf } from '../errors/journey-error.ts';

/** Primary result codes, https://sqlite.org/rescode.html; extended codes carry them in their low byte. */
const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** @returns the primary result code of an error from node:sqlite, `undefined` for any other error. */
export function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.busy || code === sqliteCode.locked;
}

export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.corrupt || code === sqliteCode.notADatabase;
}

/** A failure of SQLite in the words of our catalogue; anything that is not SQLite's comes back as it is. */
export function fromSqlite(error: unknown, file: string): unknown {
  const reason = reasonOf(error);
  const options = { cause: error };
  switch (primaryCode(error)) {
    case sqliteCode.full:
      return new JourneyError('store-full', { store: 'SQLite', reason: `${reason} (${file})` }, options);
    case sqliteCode.readOnly:
      return new JourneyError('store-read-only', { store: 'SQLite', reason: `${reason} (${file})` }, options);
    case sqliteCode.corrupt:
    case sqliteCode.notADatabase:
      return new JourneyError('store-corrupt', { file, reason, keptAs: file }, options);
    case sqliteCode.busy:
    case sqliteCode.locked: {
      const text = `another process holds the lock of ${file}`;
      return new JourneyError('store-unavailable', { store: 'SQLite', reason: text }, options);
    }
    case sqliteCode.ioError:
    case sqliteCode.cannotOpen:
      return new JourneyError('store-unavailable', { store: 'SQLite', reason: `${reason} (${file})` }, options);
    default:
      return error;
  }
}
