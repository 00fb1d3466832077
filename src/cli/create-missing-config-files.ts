import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { DataFolder } from '../supervisor/folder/data-folder.ts';
import { programNames } from '../supervisor/programs.ts';
import type { CliContext } from './context.ts';
import { programMains } from './program-mains.ts';

/** Longest time for starting a process that writes three small files, in milliseconds. */
const longestMs = 30_000;

/**
 * Has missing configuration files written by `journey config create`, in a process of its own: it needs every program's
 * schema, 30 MB that the supervisor would then carry for as long as it runs.
 *
 * @throws JourneyError `config-create-late` after `deadlineMs`, `folder-not-writable`
 */
export async function createMissingConfigFiles(
  folder: DataFolder,
  context: Pick<CliContext, 'root' | 'host' | 'language'>,
  deadlineMs = longestMs,
): Promise<void> {
  if (programNames.every((name) => existsSync(folder.configFile(name)))) return;
  const { host, language } = context;
  const args = [programMains(context).cli, 'config', 'create', '--dir', folder.root, '--lang', language];
  try {
    await new Promise<void>((settle, fail) => {
      // SIGKILL: one that the disk or a debugger holds would not heed another, and we would wait on.
      const limits = { timeout: deadlineMs, killSignal: 'SIGKILL' } as const;
      execFile(host.execPath, args, { env: { ...host.env }, ...limits }, (error) =>
        error === null ? settle() : fail(error),
      );
    });
  } catch (error) {
    const configFolder = join(folder.root, 'config');
    if ((error as ExecFileException).killed === true) {
      const params = { folder: configFolder, root: folder.root, seconds: deadlineMs / 1_000 };
      throw new JourneyError('config-create-late', params, { cause: error });
    }
    const params = { folder: configFolder, reason: reasonOf(error), option: '--dir' };
    throw new JourneyError('folder-not-writable', params, { cause: error });
  }
}
