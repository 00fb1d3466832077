import type { ApiServer } from './context.ts';
import type { DataContext } from './data-context.ts';
import { registerDeleteEntry } from './delete-entry.ts';
import { registerListEntries } from './list-entries.ts';
import { registerReadEntry } from './read-entry.ts';
import { registerWriteEntry } from './write-entry.ts';

/** Everything under /api/v1/data. */
export function registerData(app: ApiServer, context: DataContext): void {
  registerWriteEntry(app, context);
  registerReadEntry(app, context);
  registerDeleteEntry(app, context);
  registerListEntries(app, context);
}
