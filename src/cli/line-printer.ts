import { PassThrough } from 'node:stream';
import type { LogLine } from '../supervisor/control/protocol.ts';
import type { CliContext } from './context.ts';

/**
 * Prints programs' lines: as they are into a pipe (JSON for `jq`), in colours and with the program's name on a terminal.
 */
export async function createLinePrinter({ stdout }: CliContext): Promise<(line: LogLine) => void> {
  if (stdout.isTTY !== true) return ({ text }) => void stdout.write(`${text}\n`);
  const { prettyDestination } = await import('../telemetry/logger.ts');
  const printers = new Map<string, (text: string) => void>();
  for (const program of ['api', 'log-collector', 'cleanup-job']) {
    const name = program.padEnd(13);
    const out = new PassThrough({ encoding: 'utf8' });
    out.on('data', (text: string) => stdout.write(text.replace(/^(?=.)/gm, `${name} │ `)));
    const pretty = await prettyDestination(out);
    printers.set(program, (text) => ('write' in pretty ? pretty.write(`${text}\n`) : void out.write(`${text}\n`)));
  }
  return ({ program, text }) => printers.get(program)?.(text);
}
