import type { TObject, TSchema } from 'typebox';
import type { Text } from '../i18n/messages.ts';

/** What a setting says about itself, beside its type: read by the loader, the docs and the reference page. */
export interface SettingNotes extends Text {
  /** Takes effect only after a restart; a reload keeps the running value and says so. */
  readonly restart?: true;
  /** Never shown: `/api/v1/config` and logs print `***`. Prefer a file path to a secret value. */
  readonly secret?: true;
}

const notesKey = 'x-journey';

/** Attaches {@link SettingNotes} to a leaf schema, which must carry a `default`. */
export function setting<T extends TSchema>(schema: T, notes: SettingNotes): T {
  return { ...schema, [notesKey]: notes };
}

/** One leaf of a configuration schema. */
export interface Setting {
  /** Dotted path as written in the file, `server.port`. */
  readonly path: string;
  /** Environment variable that overrides it, `JOURNEY_SERVER_PORT`. */
  readonly env: string;
  readonly schema: TSchema;
  readonly default: unknown;
  readonly notes: SettingNotes;
}

/** All leaves of a configuration schema in declaration order. A leaf is whatever {@link setting} wrapped. */
export function listSettings(schema: TObject, prefix: readonly string[] = []): Setting[] {
  return Object.entries(schema.properties as Record<string, TSchema>).flatMap(([name, child]) => {
    const path = [...prefix, name];
    const notes = (child as Record<string, unknown>)[notesKey] as SettingNotes | undefined;
    if (notes === undefined) return listSettings(child as TObject, path);
    const fallback = (child as { default?: unknown }).default;
    return [{ path: path.join('.'), env: environmentName(path), schema: child, default: fallback, notes }];
  });
}

function environmentName(path: readonly string[]): string {
  return ['journey', ...path.map((name) => name.replace(/[A-Z]/g, '_$&'))].join('_').toUpperCase();
}
