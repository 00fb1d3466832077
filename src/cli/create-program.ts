import { Command } from 'commander';
import { providerNames } from '../cluster/cluster-provider.ts';
import { programNames } from '../supervisor/programs.ts';
import { addClusterCommands, clusterName } from './cluster-commands.ts';
import { clusterLogsMessages as c } from './cluster-logs/messages.ts';
import type { CliContext } from './context.ts';
import { runLogs, runRaw, withClusterChoice } from './logs-command.ts';
import { messages as m } from './messages.ts';
import { optionValues } from './option-values.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const cleanupModes = ['report', 'expire', 'unlink'];
const outputFormats = ['text', 'json', 'junit', 'md'];

/** The command tree. Each command's code is loaded when it runs. */
export function createProgram(context: CliContext, setExitCode: (code: number) => void): Command {
  const { language, stdout, stderr } = context;
  const values = optionValues(language);
  const headings: Readonly<Record<string, string>> = {
    'Usage:': m.usage[language],
    'Arguments:': m.arguments[language],
    'Options:': m.options[language],
    'Commands:': m.commands[language],
  };
  const dress = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
        outputError: () => undefined,
      })
      .configureHelp({
        styleTitle: (title) => headings[title] ?? title,
        // Defaults stand in the text, like those that the programs themselves have.
        optionDescription: ({ description }) => description,
      })
      .helpOption('-h, --help', m.helpOption[language])
      .helpCommand(false);
  const withCommon = (command: Command): Command =>
    dress(command)
      .option('--dir <folder>', m.dirOption[language])
      .option('--lang <language>', m.langOption[language], values.choice('--lang', ['en', 'zh']));
  const run = (command: Command, action: (args: readonly unknown[]) => Promise<number>): Command =>
    command.action(async (...args: unknown[]) => setExitCode(await action(args)));

  const program = dress(new Command('journey'))
    .description(m.about[language])
    // Else a command takes the options that stand behind the name of one below it: `logs explain … --json`.
    .enablePositionalOptions()
    .option('--lang <language>', m.langOption[language], values.choice('--lang', ['en', 'zh']))
    .version(context.version, '-V, --version', m.versionOption[language])
    .addHelpText('after', `\n${m.commandHelp[language]}\n\n${m.exitCodes[language]}`);

  const start = withCommon(program.command('start'))
    .description(m.start[language])
    .option('--port <port>', m.portOption[language], values.port('--port'))
    .option('--metrics-port <port>', m.metricsPortOption[language], values.port('--metrics-port'))
    .option('--host <address>', m.hostOption[language])
    .option('--store <store>', m.storeOption[language])
    .option('--log-level <level>', m.logLevelOption[language], values.choice('--log-level', logLevels))
    .option('-f, --follow', m.followStartOption[language]);
  run(start, async () => (await import('./commands/start.ts')).start(context, start.opts()));

  const cleanup = withCommon(program.command('cleanup'))
    .description(m.cleanup[language])
    .option('--mode <mode>', m.modeOption[language], values.choice('--mode', cleanupModes))
    .option('--store <store>', m.storeOption[language])
    .option('--json', m.jsonOption[language]);
  run(cleanup, async () => (await import('./commands/cleanup.ts')).cleanup(context, cleanup.opts()));

  const status = withCommon(program.command('status'))
    .description(m.status[language])
    .option('--json', m.jsonOption[language]);
  addClusterCommands(program, status, context, { dress, run });
  run(status, async () => (await import('./commands/status.ts')).status(context, status.opts()));

  const logs = withCommon(program.command('logs'))
    .description(m.logs[language])
    .argument('[names...]', c.podsArgument[language])
    .option('-f, --follow', m.followOption[language])
    .option('-n, --lines <count>', m.linesOption[language], values.lines('--lines'), 20)
    .option('--where', m.whereOption[language]);
  withClusterChoice(logs, context).option('--json', m.jsonOption[language]).enablePositionalOptions();
  run(logs, async ([names = []]) => runLogs(context, logs, names as readonly string[]));

  const raw = withCommon(logs.command('raw'))
    .description(m.logsRaw[language])
    .argument('<place>', m.placeArgument[language])
    .option('--root <folder>', m.rawRootOption[language]);
  withClusterChoice(raw, context);
  run(raw, async ([place]) => runRaw(context, raw, String(place)));

  const explainLine = withCommon(logs.command('explain'))
    .description(m.logsExplain[language])
    .argument('<line-or-file>', m.explainArgument[language])
    .option('-n, --lines <count>', m.explainLinesOption[language], values.lines('--lines'), 10)
    .option('--collector <url>', m.explainCollectorOption[language])
    .option('--json', m.jsonOption[language]);
  run(explainLine, async ([subject]) =>
    (await import('./commands/logs-explain.ts')).logsExplain(context, String(subject), explainLine.opts()),
  );

  const prove = dress(logs.command('prove'))
    .description(m.logsProve[language])
    .option('--lang <language>', m.langOption[language], values.choice('--lang', ['en', 'zh']))
    .option('--seconds <count>', m.proveSecondsOption[language], values.lines('--seconds'), 15)
    .option('--rate <count>', m.proveRateOption[language], values.lines('--rate'), 2_000)
    .option('--kills <count>', m.proveKillsOption[language], values.lines('--kills'), 2)
    .option('--json', m.jsonOption[language]);
  run(prove, async () => (await import('./commands/logs-prove.ts')).logsProve(context, prove.opts()));

  const config = withCommon(program.command('config'))
    .description(m.config[language])
    .argument('[programs...]', m.programArgument[language], collectPrograms)
    .option('--json', m.jsonOption[language]);
  run(config, async ([programs]) => {
    return (await import('./commands/config.ts')).config(
      context,
      programs as readonly string[] | undefined,
      config.opts(),
    );
  });
  const create = withCommon(config.command('create')).description(m.configCreate[language]);
  run(create, async () =>
    (await import('./commands/config-create.ts')).configCreate(context, create.optsWithGlobals()),
  );

  const withLanguage = (command: Command): Command =>
    dress(command).option('--lang <language>', m.langOption[language], values.choice('--lang', ['en', 'zh']));

  const verify = withLanguage(program.command('verify'))
    .description(m.verify[language])
    .option('--only <checks>', m.onlyOption[language])
    .option('--disruptive', m.disruptiveOption[language])
    .option('--wait <seconds>', m.waitOption[language], values.number('--wait'))
    .option('--strict', m.strictOption[language])
    .option('-o, --output <format>', m.outputOption[language], values.choice('--output', outputFormats))
    .option('--short', m.shortOption[language])
    .option('-v, --verbose', m.verboseOption[language])
    .option('--list', m.listOption[language])
    .option('--kubectl <program>', m.kubectlOption[language])
    .option('--kubeconfig <file>', m.kubeconfigOption[language])
    .option('--context <name>', m.contextOption[language])
    .option('--provider <provider>', m.providerOption[language], values.choice('--provider', providerNames))
    .option('--name <name>', m.clusterNameOption[language], clusterName(language));
  run(verify, async () => (await import('./commands/verify.ts')).verify(context, verify.opts()));

  const explain = withLanguage(program.command('explain'))
    .description(m.explain[language])
    .argument('<checks...>', m.checkArgument[language]);
  run(explain, async ([ids]) => (await import('./commands/explain.ts')).explain(context, ids as readonly string[]));

  const load = withLanguage(program.command('load'))
    .description(m.load[language])
    .option('--url <url>', m.urlOption[language])
    .option('--seconds <n>', m.secondsOption[language], values.number('--seconds'))
    .option('--connections <n>', m.connectionsOption[language], values.number('--connections'))
    .option('--keys <n>', m.keysOption[language], values.number('--keys'))
    .option('--reads <percent>', m.readsOption[language], values.number('--reads'))
    .option('--bytes <n>', m.bytesOption[language], values.number('--bytes'))
    .option('--rate <n>', m.rateOption[language], values.number('--rate'))
    .option('--allow-remote', m.allowRemoteOption[language])
    .option('--provider <provider>', m.providerOption[language], values.choice('--provider', providerNames))
    .option('--name <name>', m.clusterNameOption[language], clusterName(language))
    .option('--json', m.jsonOption[language]);
  run(load, async () => (await import('./commands/load.ts')).load(context, load.opts()));
  return program;

  function collectPrograms(value: string, earlier: readonly string[] = []): readonly string[] {
    return [...earlier, values.choice('program', programNames)(value)];
  }
}
