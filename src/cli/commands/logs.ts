import { say } from '../../i18n/messages.ts';
import { askSupervisor } from '../../supervisor/control/control-client.ts';
import { programNames } from '../../supervisor/programs.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { interruptible } from '../interruptible.ts';
import { createLinePrinter } from '../line-printer.ts';
import { messages as m } from '../messages.ts';
import { recentLines } from '../recent-lines.ts';
import { requireSocket } from '../running-stack.ts';

export interface LogsOptions extends FolderOption {
  readonly follow?: boolean;
  readonly lines: number;
  readonly where?: boolean;
}

/** `journey logs`: the last lines of the programs, also of a stack that has stopped, and on request what follows. */
export async function logs(
  context: CliContext,
  chosen: readonly string[] | undefined,
  options: LogsOptions,
): Promise<number> {
  const { language, stderr } = context;
  const folder = folderOption(options, context);
  const programs = chosen === undefined || chosen.length === 0 ? programNames : chosen;
  // Before anything is printed, so that nothing is lost between the past and what follows.
  const socket = options.follow === true ? requireSocket(folder, context) : undefined;
  const print = await createLinePrinter(context);
  const past = await recentLines(folder.podLogs, programs, options.lines);
  for (const line of past) {
    if (options.where === true) context.stdout.write(`${line.where}\t${line.stream}\t${line.text}\n`);
    else print(line);
  }
  if (socket === undefined) {
    if (past.length === 0) stderr.write(`${say(language, m.noLogs, { folder: folder.podLogs })}\n`);
    return exitCodes.ok;
  }
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    for await (const reply of askSupervisor(socket, { op: 'logs', programs }, signal)) {
      if (reply.kind === 'line') print(reply);
    }
    return signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  });
}
