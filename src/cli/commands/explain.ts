import { catalogue } from '../../verify/catalogue.ts';
import { explain as explainCheck } from '../../verify/output/explain.ts';
import { speak } from '../../verify/said.ts';
import { selectChecks } from '../../verify/select-checks.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';

/** `journey explain RD05`: what checks prove and how. */
export async function explain({ language, stdout, stderr }: CliContext, ids: readonly string[]): Promise<number> {
  const selection = selectChecks({ catalogue, only: ids, disruptive: true });
  if (!selection.ok) {
    stderr.write(`${speak(language, selection.problem)}\n`);
    return exitCodes.usage;
  }
  stdout.write(selection.checks.map((check) => explainCheck(check, language)).join('\n'));
  return exitCodes.ok;
}
