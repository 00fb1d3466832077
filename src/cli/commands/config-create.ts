import { link, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChosenSettings, configTemplate } from '../../config/config-template.ts';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import { makeFolder } from '../../make-folder.ts';
import { type ProgramName, programNames } from '../../supervisor/programs.ts';
import { configSchemas } from '../config-schemas.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { messages as m } from '../messages.ts';

/**
 * What a new folder sets. By itself the clean-up only counts, which is right for a store nobody has told it about; the
 * stack's own store is cleaned every hour, as in `k8s/v0.2/cleanup-job/configmap.yaml`.
 */
const chosen: Partial<Record<ProgramName, ChosenSettings>> = { 'cleanup-job': { 'cleanup.mode': 'expire' } };

/** `journey config create`: writes missing configuration files in the user's language; never one that exists. */
export async function configCreate(context: CliContext, options: FolderOption): Promise<number> {
  const folder = folderOption(options, context);
  for (const program of programNames) {
    const file = folder.configFile(program);
    const template = configTemplate(program, await configSchemas[program](), context.language, chosen[program]);
    const created = await createFile(file, template, context.host.pid);
    context.stderr.write(`${say(context.language, created ? m.configCreated : m.configKept, { file })}\n`);
  }
  return exitCodes.ok;
}

/**
 * All of it or nothing: a file cut short by a full disk or a kill would count as one that sets nothing, for ever.
 * @returns `false` when there is one already
 */
async function createFile(file: string, text: string, pid: number): Promise<boolean> {
  const unfinished = `${file}.${pid}.new`;
  try {
    makeFolder(dirname(file));
    try {
      await writeFile(unfinished, text, { flush: true });
      await link(unfinished, file);
    } finally {
      await rm(unfinished, { force: true });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const params = { folder: dirname(file), reason: reasonOf(error), option: '--dir' };
    throw new JourneyError('folder-not-writable', params, { cause: error });
  }
}
