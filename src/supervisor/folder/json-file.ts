import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../make-folder.ts';

/** What a small state file holds, or `undefined` when there is none or a kill left it unreadable. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Replaces a small state file as a whole: a reader sees the old or the new content, never half of it. */
export function writeJson(file: string, value: unknown): void {
  makeFolder(dirname(file));
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
