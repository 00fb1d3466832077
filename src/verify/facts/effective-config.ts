import { parse } from 'yaml';
import type { ConfigMap, Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { askPod, jsonOf } from './api-http.ts';

/** What `GET /api/v1/config` of one Pod says. */
export interface EffectiveConfig {
  readonly hash: string;
  readonly lastRejected: { readonly reason: string } | null;
  readonly pendingRestart: readonly string[];
  readonly settings: readonly EffectiveSetting[];
}

export interface EffectiveSetting {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

export interface PodConfig {
  readonly pod: string;
  /** `undefined` when the Pod did not answer with one. */
  readonly config: EffectiveConfig | undefined;
}

export async function effectiveConfig(context: CheckContext, pod: Pod): Promise<PodConfig> {
  const answer = await askPod(context, pod, { path: '/api/v1/config' });
  return { pod: pod.metadata.name, config: jsonOf<EffectiveConfig>(answer) };
}

/** The YAML file inside a ConfigMap. */
export interface ConfigFile {
  readonly map: string;
  readonly file: string;
  readonly text: string;
  readonly immutable: boolean;
}

export function configFileIn(maps: readonly ConfigMap[]): ConfigFile | undefined {
  for (const { metadata, data = {}, immutable = false } of maps) {
    const file = Object.keys(data).find((name) => /\.ya?ml$/.test(name));
    if (file !== undefined) return { map: metadata.name, file, text: data[file] ?? '', immutable };
  }
  return undefined;
}

/** The settings of a YAML file by dotted path. Lists stay whole; an empty section sets nothing. */
export function settingsIn(text: string): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, child] of Object.entries(value)) visit(child, path === '' ? name : `${path}.${name}`);
    } else if (value !== null && value !== undefined && path !== '') {
      found.set(path, value);
    }
  };
  visit(parse(text), '');
  return found;
}
