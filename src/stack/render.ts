import { parseAllDocuments } from 'yaml';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { PodTemplate } from '../cluster/objects.ts';
import type { Manifest } from './manifest.ts';

/** Puts a kustomize folder together, as `kubectl apply -k` would. @throws JourneyError `command-failed` with kustomize's words. */
export async function renderManifests(kubectl: Kubectl, folder: string): Promise<Manifest[]> {
  return parseManifests(await kubectl.run(['kustomize', folder]));
}

/** Every object of a YAML stream, in order. */
export function parseManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1', merge: true });
  if ('empty' in documents) return [];
  return documents.map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null);
}

/** The Pod a workload makes; `undefined` for what makes none. */
export function podTemplateOf({ kind, spec }: Manifest): PodTemplate | undefined {
  if (kind === 'CronJob') {
    return (spec as { jobTemplate: { spec: { template: PodTemplate } } }).jobTemplate.spec.template;
  }
  const makesPods = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind);
  return makesPods ? (spec as { template: PodTemplate }).template : undefined;
}

/** Every image the Pods of these objects ask for, once each. */
export function imagesOf(manifests: readonly Manifest[]): string[] {
  const images = manifests.flatMap((manifest) => {
    const spec = podTemplateOf(manifest)?.spec;
    return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((container) => container.image);
  });
  return [...new Set(images)];
}

/** Names our own images in a registry: `journey-api:0.2.0` → `registry.example/me/journey-api:0.2.0`. */
export function inRegistry(manifests: readonly Manifest[], registry: string): Manifest[] {
  return manifests.map((manifest) => {
    const copy = structuredClone(manifest);
    const spec = podTemplateOf(copy)?.spec;
    for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
      const name = container.image.replace(/^.*\//, '');
      if (name.startsWith('journey-'))
        (container as { image: string }).image = `${registry.replace(/\/+$/, '')}/${name}`;
    }
    return copy;
  });
}
