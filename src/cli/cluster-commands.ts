import { type Command, InvalidArgumentError } from 'commander';
import { providerNames } from '../cluster/cluster-provider.ts';
import type { Language } from '../i18n/language.ts';
import { say } from '../i18n/messages.ts';
import { clusterMessages as m } from './cluster-messages.ts';
import type { CliContext } from './context.ts';
import { messages } from './messages.ts';
import { optionValues } from './option-values.ts';

/** What create-program.ts does to each of its commands. */
export interface CommandTools {
  readonly dress: (command: Command) => Command;
  readonly run: (command: Command, action: (args: readonly unknown[]) => Promise<number>) => Command;
}

/** Adds `up` and `down`, and to `status` the option `--cluster`. */
export function addClusterCommands(program: Command, status: Command, context: CliContext, tools: CommandTools): void {
  const { language } = context;
  const { dress, run } = tools;
  const values = optionValues(language);
  const whole = (name: string, max: number) => (value: string) => {
    if (/^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= max) return Number(value);
    const reason = say(language, m.wholeRule, { max });
    throw new InvalidArgumentError(say(language, messages.badValue, { name, value, reason }));
  };
  const whichCluster = (command: Command): Command =>
    command
      .option(
        '--provider <provider>',
        m.providerOption[language],
        values.choice('--provider', ['auto', ...providerNames]),
      )
      .option('--name <name>', m.nameOption[language], clusterName(language))
      .option('--context <name>', m.contextOption[language])
      .option('--yes', m.yesOption[language]);
  const add = (name: string): Command =>
    whichCluster(
      dress(program.command(name)).option(
        '--lang <language>',
        messages.langOption[language],
        values.choice('--lang', ['en', 'zh']),
      ),
    );

  const up = add('up')
    .description(m.up[language])
    .option('--nodes <count>', m.nodesOption[language], whole('--nodes', 9))
    .option('--timeout <seconds>', m.timeoutOption[language], whole('--timeout', 86_400))
    .option('--registry <name>', m.registryOption[language])
    .option('--images <how>', m.imagesOption[language], values.choice('--images', ['load', 'push', 'present']))
    .option('--overlay <folder>', m.overlayOption[language])
    .option('--json', messages.jsonOption[language]);
  run(up, async () => (await import('./commands/up.ts')).up(context, up.opts()));

  const down = add('down').description(m.down[language]).option('--keep-cluster', m.keepClusterOption[language]);
  run(down, async () => (await import('./commands/down.ts')).down(context, down.opts()));

  whichCluster(status.option('--cluster', m.clusterOption[language]));
}

/** What all three providers take as a name; it becomes part of folder names too. */
export function clusterName(language: Language): (value: string) => string {
  return (value) => {
    if (/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(value)) return value;
    const reason = m.nameRule[language];
    throw new InvalidArgumentError(say(language, messages.badValue, { name: '--name', value, reason }));
  };
}
