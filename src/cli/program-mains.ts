import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { type ProgramName, sourceMains } from '../supervisor/programs.ts';
import type { CliContext } from './context.ts';

export interface ProgramMains {
  readonly mainOf: (program: ProgramName) => string;
  /** The command line itself, for what it has done in a process of its own. */
  readonly cli: string;
  /** Makes bundles for the next start, in the background. @returns a function that gives it up */
  readonly prepareNext: () => () => void;
}

/** Lowest urgency that still gets done. */
const backgroundPriority = 15;

/**
 * Where the programs are started from: from bundles of exactly the present sources when an earlier start has made them,
 * which halves the time to ready; otherwise from the sources. `bin/journey.mjs` says where they are or would be.
 */
export function programMains({ root, host }: Pick<CliContext, 'root' | 'host'>): ProgramMains {
  const nothing = () => () => undefined;
  const sources = { mainOf: sourceMains(root), cli: join(root, 'src', 'cli', 'main.ts') };
  const folder = host.env['JOURNEY_BUNDLES'];
  if (folder === undefined || folder === '' || folder === 'off') return { ...sources, prepareNext: nothing };
  if (!existsSync(folder)) return { ...sources, prepareNext: () => bundle(folder, { root, host }) };
  const mainOf = (program: string) => join(folder, program, 'main.js');
  return { mainOf, cli: mainOf('cli'), prepareNext: nothing };
}

function bundle(folder: string, { root, host }: Pick<CliContext, 'root' | 'host'>): () => void {
  const args = [join(root, 'scripts', 'warm-bundles.mjs'), folder];
  const child = spawn(host.execPath, args, { stdio: 'ignore', detached: true, env: { ...host.env } });
  // Without bundles the next start is slower, nothing else.
  child.on('error', () => undefined);
  try {
    if (child.pid !== undefined) setPriority(child.pid, backgroundPriority);
  } catch {
    // it has ended already, or the system has no priorities
  }
  child.unref();
  return () => child.kill();
}
