import { parseArgs } from 'node:util';
import { closest } from 'fastest-levenshtein';
import { listSettings, type Setting } from '../config/schema.ts';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { cleanupJobConfigSchema } from './config.ts';

/** A setting that can be given on the command line, `--mode`, where it wins over file and environment. */
export interface SettingFlag {
  readonly flag: string;
  readonly setting: Setting;
}

/** Flags for everything but the store: which data is cleaned belongs to the installation, not to one run. */
export const settingFlags: readonly SettingFlag[] = listSettings(cleanupJobConfigSchema)
  .filter(({ path }) => !path.startsWith('store.'))
  .map((setting) => ({ flag: flagName(setting.path), setting }));

export interface Flags {
  readonly help: boolean;
  readonly version: boolean;
  readonly lang: string | undefined;
  /** Path of the configuration file; `undefined` leaves `JOURNEY_CONFIG_FILE` in force. */
  readonly config: string | undefined;
  /** Settings given as flags, by the environment variable that would set the same. */
  readonly env: Readonly<Record<string, string>>;
}

/** @throws JourneyError `config-invalid` for an unknown flag (with the nearest one), a missing value, a stray argument. */
export function parseFlags(args: readonly string[]): Flags {
  const own = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const;
  const texts = ['lang', 'config', ...settingFlags.map(({ flag }) => flag)];
  const options = { ...own, ...Object.fromEntries(texts.map((name) => [name, { type: 'string' as const }])) };
  const { values, tokens, positionals } = parse(args, options);
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue;
    throw refuse(token.rawName, `names no flag; did you mean --${closest(token.name, Object.keys(options))}?`);
  }
  const [stray] = positionals;
  if (stray !== undefined) throw refuse(stray, 'is no flag, and there is nothing else to say; see --help');
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (value === undefined || typeof value === 'string') return value;
    throw refuse(`--${name}`, 'needs a value');
  };
  const given = settingFlags.flatMap(({ flag, setting }) => {
    const value = text(flag);
    return value === undefined ? [] : [[setting.env, value] as const];
  });
  return {
    help: values['help'] === true,
    version: values['version'] === true,
    lang: text('lang'),
    config: text('config'),
    env: Object.fromEntries(given),
  };
}

/** Puts a complaint about a setting in terms of the flag it was given by. */
export function inTermsOfFlags(message: string, flags: Flags): string {
  return settingFlags
    .filter(({ setting }) => setting.env in flags.env)
    .reduce((text, { flag, setting }) => text.replaceAll(`environment variable ${setting.env}`, `--${flag}`), message);
}

function parse(args: readonly string[], options: Record<string, { type: 'boolean' | 'string'; short?: string }>) {
  try {
    return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  } catch (error) {
    throw refuse(args.join(' '), reasonOf(error));
  }
}

function refuse(source: string, reason: string): JourneyError {
  return new JourneyError('config-invalid', { source, reason });
}

function flagName(path: string): string {
  const name = path.split('.').at(-1) ?? path;
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
