import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { type ProgramName, sourceMains } from '../supervisor/programs.ts';
import type { CliContext } from './context.ts';

export interface ProgramMains {
  readonly mainOf: (program: ProgramName) => string;
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
  const folder = host.env['JOURNEY_BUNDLES'];
  if (folder === undefined || folder === '' || folder === 'off')
    return { mainOf: sourceMains(root), prepareNext: nothing };
  if (existsSync(folder)) return { mainOf: (program) => join(folder, program, 'main.js'), prepareNext: nothing };
  return { mainOf: sourceMains(root), prepareNext: () => bundle(folder, { root, host }) };
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
