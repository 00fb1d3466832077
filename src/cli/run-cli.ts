import { CommanderError } from 'commander';
import { isJourneyError } from '../errors/journey-error.ts';
import type { CliContext } from './context.ts';
import { createProgram } from './create-program.ts';
import { exitCodes } from './exit-codes.ts';
import { painter } from './paint.ts';
import { usageMessage } from './usage-message.ts';

/**
 * Runs one command line; the single place where failures become messages.
 *
 * @returns the exit code
 */
export async function runCli(context: CliContext): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(context.args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const paint = painter(context.stderr, context.host.env);
    const print = (title: string, detail: string) => {
      context.stderr.write(`${paint.mark('bad', paint.bold(title))}\n${detail.replace(/^/gm, '  ')}\n`);
    };
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok; // --help and --version are answered
      if (error.code === 'commander.help') return exitCodes.usage; // no command: the help is the message
      const { title, detail } = usageMessage(error, program, context);
      print(title, detail);
      return exitCodes.usage;
    }
    if (isJourneyError(error)) {
      const { title, detail } = error.text(context.language);
      print(title, detail);
      return error.kind.exitCode;
    }
    throw error;
  }
}
