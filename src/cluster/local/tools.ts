import { delimiter } from 'node:path';
import { isJourneyError } from '../../errors/journey-error.ts';
import type { ClusterContext, Environment } from '../cluster-provider.ts';
import { findProgram } from '../programs.ts';
import { type CommandResult, type RunCommandOptions, runCommand, tryCommand } from '../run-command.ts';

/** Options of one run; the rest comes from the context. */
export type ToolOptions = Omit<RunCommandOptions, 'env' | 'signal'> & { readonly env?: Environment };

/** Runs the system's programs with one environment and one abort signal. */
export interface Tools {
  readonly env: Environment;
  run(file: string, args: readonly string[], options?: Partial<ToolOptions>): Promise<string>;
  /** Asks without insisting: a failure or a timeout (exit code {@link timedOut}) is an answer too. */
  try(file: string, args: readonly string[], options?: Partial<ToolOptions>): Promise<CommandResult>;
}

/** As timeout(1) has it. */
export const timedOut = 124;

/** Where root's programs are though root's PATH may lack them (`su` without `-`), and where Go's installer puts it. */
const extraFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin', '/usr/lib/go/bin'];

export function createTools(context: ClusterContext): Tools {
  const env = { ...context.env, PATH: searchPath(context.env), LC_ALL: 'C' };
  const merge = (options: Partial<ToolOptions> = {}): RunCommandOptions => ({
    deadlineMs: 60_000,
    signal: context.signal,
    ...options,
    env: { ...env, ...options.env },
  });
  return {
    env,
    run: (file, args, options) => runCommand(file, args, merge(options)),
    try: async (file, args, options) => {
      try {
        return await tryCommand(file, args, merge(options));
      } catch (error) {
        if (!isJourneyError(error, 'command-timeout')) throw error;
        return { exitCode: timedOut, stdout: '', stderr: error.message };
      }
    },
  };
}

function searchPath(env: Environment): string {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...folders, ...extraFolders])].join(delimiter);
}

/** As {@link findProgram}, with root's folders too. */
export function findSystemProgram(name: string, env: Environment): string | undefined {
  return findProgram(name, { PATH: searchPath(env) });
}
