import { say } from '../../i18n/messages.ts';
import { askSupervisor } from '../../supervisor/control/control-client.ts';
import { programNames } from '../../supervisor/programs.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { interruptible } from '../interruptible.ts';
import { createLinePrinter } from '../line-printer.ts';
import { messages as m } from '../messages.ts';
import { isBefore, recentLines } from '../recent-lines.ts';
import { notRunning, requireSocket } from '../running-stack.ts';

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
  const print = await createLinePrinter(context);
  const printPast = async () => {
    const past = await recentLines(folder.podLogs, programs, options.lines);
    for (const line of past) {
      if (options.where === true) context.stdout.write(`${line.where}\t${line.stream}\t${line.text}\n`);
      else print(line);
    }
    return past;
  };
  if (options.follow !== true) {
    const past = await printPast();
    if (past.length === 0) stderr.write(`${say(language, m.noLogs, { folder: folder.podLogs })}\n`);
    return exitCodes.ok;
  }
  const socket = requireSocket(folder, context);
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const replies = askSupervisor(socket, { op: 'logs', programs }, signal);
    const first = await replies.next().catch(() => undefined);
    if (signal.aborted) return exitCodes.interrupted;
    if (first?.value?.kind !== 'following') throw notRunning(folder);
    // A line is in the file before it is followed: none is between the two, and those in both are told by their time.
    const printed = new Map((await printPast()).map((line) => [line.program, line]));
    for await (const reply of replies) {
      if (reply.kind !== 'line') continue;
      const last = printed.get(reply.program);
      if (last === undefined || isBefore(last, reply)) print(reply);
    }
    return signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  });
}
