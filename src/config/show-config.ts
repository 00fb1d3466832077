import type { TObject } from 'typebox';
import type { Language } from '../i18n/language.ts';
import { at, type LoadedConfig, type Source } from './parse-config.ts';
import { listSettings, type Setting } from './schema.ts';

/** The parts of a ConfigWatcher that are shown. */
export interface ConfigView {
  readonly schema: TObject;
  readonly file: string | undefined;
  readonly current: LoadedConfig<TObject>;
  readonly loadedAt: number;
  /** Settings changed in the file that wait for a restart. */
  readonly pendingRestart: readonly string[];
  readonly rejected: { readonly at: number; readonly reason: string } | undefined;
}

/** What a program answers when it is asked what it runs with and why. Times are RFC 3339; secrets are `***`. */
export interface ShownConfig {
  readonly file: string | null;
  readonly hash: string;
  readonly loadedAt: string;
  readonly lastRejected: { readonly at: string; readonly reason: string } | null;
  readonly pendingRestart: string[];
  readonly settings: ShownSetting[];
}

export interface ShownSetting {
  readonly path: string;
  readonly environment: string;
  readonly value: unknown;
  readonly source: Source;
  readonly needsRestart: boolean;
  readonly description: string;
}

export function showConfig(configuration: ConfigView, language: Language): ShownConfig {
  const { file, schema, current, loadedAt, rejected, pendingRestart } = configuration;
  return {
    file: file ?? null,
    hash: current.hash,
    loadedAt: new Date(loadedAt).toISOString(),
    lastRejected:
      rejected === undefined
        ? null
        : { at: new Date(rejected.at).toISOString(), reason: withoutCredentials(rejected.reason) },
    pendingRestart: [...pendingRestart],
    settings: listSettings(schema).map((setting) => show(setting, current, language)),
  };
}

function show(setting: Setting, current: LoadedConfig<TObject>, language: Language): ShownSetting {
  const { path, env, notes } = setting;
  return {
    path,
    environment: env,
    value: safe(setting, at(current.value, path)),
    source: current.sources.get(path) ?? 'default',
    needsRestart: notes.restart === true,
    description: notes[language],
  };
}

function safe({ notes }: Setting, value: unknown): unknown {
  if (notes.secret === true) return value === '' || value === undefined ? '' : '***';
  return typeof value === 'string' ? withoutCredentials(value) : value;
}

/** Credentials do not belong in an address; where somebody put them all the same, they are not shown. */
function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1***@');
}
