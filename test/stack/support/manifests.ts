import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from '../../../src/stack/manifest.ts';
import { parseManifests } from '../../../src/stack/render.ts';

export const root = join(import.meta.dirname, '../../..');

let v02: readonly Manifest[] | undefined;

/** The objects of v0.2 as they stand in git, in the order kustomization.yaml lists their files; shared, so frozen. */
export function readV02(): readonly Manifest[] {
  v02 ??= deepFreeze(readFiles());
  return v02;
}

function readFiles(): Manifest[] {
  const folder = join(root, 'k8s/v0.2');
  const { resources } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
  return resources.flatMap((file) => parseManifests(readFileSync(join(folder, file), 'utf8')));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/** @throws when there is not exactly one. */
export function only(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects ${kind}/${name}`);
  return found[0];
}

/** A file of a ConfigMap. @throws when it has none of that name. */
export function fileOf(manifests: readonly Manifest[], configMap: string, file: string): string {
  const text = only(manifests, 'ConfigMap', configMap).data?.[file];
  if (text === undefined) throw new Error(`${configMap} has no ${file}`);
  return text;
}
