import { readFile } from 'node:fs/promises';
import { at, type LoadedConfig, parseConfig, type Source } from '../../config/parse-config.ts';
import { listSettings } from '../../config/schema.ts';
import { say } from '../../i18n/messages.ts';
import { type ProgramName, programNames } from '../../supervisor/programs.ts';
import { configSchemas } from '../config-schemas.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { messages as m } from '../messages.ts';
import { painter } from '../paint.ts';

export interface ConfigOptions extends FolderOption {
  readonly json?: boolean;
}

interface SettingReport {
  readonly path: string;
  readonly value: unknown;
  readonly source: Source;
  readonly env: string;
}

/** `journey config`: checks the files and shows what is in force and why. @throws JourneyError `config-invalid` */
export async function config(
  context: CliContext,
  programs: readonly string[] | undefined,
  options: ConfigOptions,
): Promise<number> {
  const { language, stdout, host } = context;
  const folder = folderOption(options, context);
  const wanted = programNames.filter(
    (name) => programs === undefined || programs.length === 0 || programs.includes(name),
  );
  const reports = [];
  for (const program of wanted) reports.push(await report(program, folder.configFile(program), host.env));
  if (options.json === true) {
    const all = Object.fromEntries(reports.map(({ program, file, settings }) => [program, { file, settings }]));
    stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
    return exitCodes.ok;
  }
  const paint = painter(stdout, host.env);
  const sources = { default: m.sourceDefault, file: m.sourceFile, environment: m.sourceEnvironment };
  for (const { program, file, exists, settings } of reports) {
    stdout.write(`${paint.bold(say(language, m.configOf, { program, file }))}\n`);
    if (!exists) stdout.write(`  ${paint.dim(m.configMissing[language])}\n`);
    const width = Math.max(...settings.map(({ path }) => path.length));
    for (const { path, value, source } of settings) {
      const line = `  ${path.padEnd(width)}  ${JSON.stringify(value)}  (${sources[source][language]})`;
      stdout.write(`${source === 'default' ? paint.dim(line) : line}\n`);
    }
    stdout.write('\n');
  }
  return exitCodes.ok;
}

async function report(program: ProgramName, file: string, env: Readonly<Record<string, string | undefined>>) {
  const schema = await configSchemas[program]();
  const fileText = await readFile(file, 'utf8').catch(() => undefined);
  const loaded: LoadedConfig<typeof schema> = parseConfig(schema, { fileName: file, fileText, env });
  const settings: SettingReport[] = listSettings(schema).map((setting) => ({
    path: setting.path,
    value: setting.notes.secret === true ? '***' : at(loaded.value, setting.path),
    source: loaded.sources.get(setting.path) ?? 'default',
    env: setting.env,
  }));
  return { program, file, exists: fileText !== undefined, settings };
}
