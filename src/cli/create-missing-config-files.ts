import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { DataFolder } from '../supervisor/folder/data-folder.ts';
import { programNames } from '../supervisor/programs.ts';
import type { CliContext } from './context.ts';
import { programMains } from './program-mains.ts';

/** Longest time for writing three small files, in milliseconds. */
const deadlineMs = 30_000;

/**
 * Has missing configuration files written by `journey config create`, in a process of its own: it needs every program's
 * schema, 30 MB that the supervisor would then carry for as long as it runs.
 */
export async function createMissingConfigFiles(folder: DataFolder, context: CliContext): Promise<void> {
  if (programNames.every((name) => existsSync(folder.configFile(name)))) return;
  const { host, language } = context;
  const args = [programMains(context).cli, 'config', 'create', '--dir', folder.root, '--lang', language];
  try {
    await new Promise<void>((settle, fail) => {
      execFile(host.execPath, args, { env: { ...host.env }, timeout: deadlineMs }, (error) =>
        error === null ? settle() : fail(error),
      );
    });
  } catch (error) {
    const params = { folder: join(folder.root, 'config'), reason: reasonOf(error), option: '--dir' };
    throw new JourneyError('folder-not-writable', params, { cause: error });
  }
}
