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
  const command = program.commands.find((c) => c.name() === args.find((arg) => !arg.startsWith('-')));
  // Commander quotes the word in question: error: unknown option '--prot'.
  const name = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const detail = [];
  const candidates =
    error.code === 'commander.unknownCommand'
      ? program.commands.map((c) => c.name())
      : error.code === 'commander.unknownOption'
        ? [program, ...(command === undefined ? [] : [command])].flatMap((c) => c.options.map((o) => o.long ?? ''))
        : [];
  const nearest = candidates.length > 0 ? closest(name, candidates) : undefined;
  if (nearest !== undefined && distance(name, nearest) <= Math.max(2, name.length / 2)) {
    detail.push(say(language, m.didYouMean, { suggestion: nearest }));
  }
  detail.push(say(language, m.seeHelp, { command: command === undefined ? '' : `${command.name()} ` }));
  return { title: title(error, name, language), detail: detail.join('\n') };
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
    default:
      return message.replace(/^error: /, '');
  }
}
