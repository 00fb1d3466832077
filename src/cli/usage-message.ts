import type { Command, CommanderError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { say } from '../i18n/messages.ts';
import type { CliContext } from './context.ts';
import { messages as m } from './messages.ts';

/** What is wrong with a command line, in the user's language, with the nearest right word and where help is. */
export function usageMessage(
  error: CommanderError,
  program: Command,
  { language, args }: Pick<CliContext, 'language' | 'args'>,
): { readonly title: string; readonly detail: string } {
  const commands = commandsIn(args, program);
  // Commander quotes the word in question: error: unknown option '--prot'.
  const name = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const detail = [];
  const candidates =
    error.code === 'commander.unknownCommand'
      ? program.commands.map((c) => c.name())
      : error.code === 'commander.unknownOption'
        ? [program, ...commands].flatMap((c) => c.options.map((o) => o.long ?? ''))
        : [];
  const nearest = candidates.length > 0 ? closest(name, candidates) : undefined;
  if (nearest !== undefined && distance(name, nearest) <= Math.max(2, name.length / 2)) {
    detail.push(say(language, m.didYouMean, { suggestion: nearest }));
  }
  detail.push(say(language, m.seeHelp, { command: commands.map((c) => `${c.name()} `).join('') }));
  return { title: title(error, name, language), detail: detail.join('\n') };
}

/** The command the words name, with those it is below: `logs`, `explain`. */
function commandsIn(args: readonly string[], program: Command): readonly Command[] {
  const commands: Command[] = [];
  for (const arg of args) {
    const command = (commands.at(-1) ?? program).commands.find((c) => c.name() === arg);
    if (command !== undefined) commands.push(command);
  }
  return commands;
}

function title({ code, message }: CommanderError, name: string, language: CliContext['language']): string {
  switch (code) {
    case 'commander.unknownCommand':
      return say(language, m.unknownCommand, { name });
    case 'commander.unknownOption':
      return say(language, m.unknownOption, { name });
    case 'commander.missingArgument':
      return say(language, m.missingArgument, { name });
    case 'commander.optionMissingArgument':
      return say(language, m.missingValue, { name });
    case 'commander.excessArguments':
      return m.tooMany[language];
    case 'commander.invalidArgument':
      // Ours stands behind Commander's own: error: option '--port <port>' argument 'x' is invalid. --port cannot be 'x': …
      return message.slice(message.indexOf(' is invalid. ') + ' is invalid. '.length);
    default:
      return message.replace(/^error: /, '');
  }
}
