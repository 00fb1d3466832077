import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ClusterContext, Environment, Problem } from './cluster-provider.ts';

/** @returns the full path of a program, or `undefined`. */
export function findProgram(name: string, env: Environment): string | undefined {
  // Windows finds `kind.exe` for `kind`.
  const names = env['PATHEXT'] === undefined ? [name] : [name, `${name}.exe`];
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((each) => join(folder, each)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** One problem for each program that is not installed. */
export function missingPrograms(
  programs: readonly (readonly [name: string, installation: string])[],
  { env }: ClusterContext,
): Problem[] {
  return programs
    .filter(([name]) => findProgram(name, env) === undefined)
    .map(([name, fix]) => ({ text: { en: `the program ${name}`, zh: `程序 ${name}` }, fix }));
}
