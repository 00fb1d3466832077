import { join, resolve } from 'node:path';
import { type DataFolder, dataFolder } from '../supervisor/folder/data-folder.ts';
import type { CliContext } from './context.ts';

export interface FolderOption {
  readonly dir?: string;
}

/**
 * The data folder: `--dir`, else `JOURNEY_DIR`, else `.journey` beside `package.json` (not in the current folder, or
 * `journey status` would find nothing from a subfolder).
 */
export function folderOption({ dir }: FolderOption, { cwd, root, host }: CliContext): DataFolder {
  const chosen = dir ?? host.env['JOURNEY_DIR'];
  return dataFolder(chosen === undefined || chosen === '' ? join(root, '.journey') : resolve(cwd, chosen));
}

/** What a further command needs to mean the same folder, with a space before it: ` --dir /var/lib/journey`; often nothing. */
export function sameFolder({ dir }: FolderOption, shown: string): string {
  if (dir === undefined) return '';
  return ` --dir ${/^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`}`;
}
