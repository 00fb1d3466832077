import { createHash } from 'node:crypto';
import type { PodTemplate } from '../cluster/objects.ts';
import type { Manifest } from './manifest.ts';
import { podTemplateOf } from './render.ts';
import { buildHashAnnotation, configHashAnnotation } from './stack-layout.ts';

/** Digest of what is in some ConfigMaps, whatever the order they or their keys come in. */
export function configHash(maps: readonly Pick<Manifest, 'metadata' | 'data'>[]): string {
  const parts = maps.map(({ metadata, data = {} }) => [metadata.name, Object.entries(data).sort()] as const);
  return digest(JSON.stringify(parts.sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function digest(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Sets {@link configHashAnnotation} where a Pod template carries it, so that a changed ConfigMap is a changed template
 * and the workload rolls. The value in git is right for the file in git (a test insists); this makes it right for a
 * file somebody has edited.
 */
export function stampConfigHashes(manifests: readonly Manifest[]): Manifest[] {
  return manifests.map((manifest) => {
    const template = podTemplateOf(manifest);
    if (template?.metadata?.annotations?.[configHashAnnotation] === undefined) return manifest;
    return annotateTemplate(manifest, configHashAnnotation, configHash(mountedMaps(manifest, template, manifests)));
  });
}

/** Sets {@link buildHashAnnotation} on every template that uses one of the images. @param builds image reference → digest. */
export function stampBuildHashes(manifests: readonly Manifest[], builds: ReadonlyMap<string, string>): Manifest[] {
  return manifests.map((manifest) => {
    const spec = podTemplateOf(manifest)?.spec;
    const images = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ image }) => image);
    const known = images.map((image) => builds.get(image)).filter((hash) => hash !== undefined);
    return known.length === 0
      ? manifest
      : annotateTemplate(manifest, buildHashAnnotation, [...new Set(known)].join('.'));
  });
}

function mountedMaps(manifest: Manifest, { spec }: PodTemplate, manifests: readonly Manifest[]): Manifest[] {
  const names = (spec.volumes ?? []).map((volume) => volume.configMap?.name);
  return manifests.filter(
    ({ kind, metadata }) =>
      kind === 'ConfigMap' && metadata.namespace === manifest.metadata.namespace && names.includes(metadata.name),
  );
}

function annotateTemplate(manifest: Manifest, name: string, value: string): Manifest {
  const copy = structuredClone(manifest);
  const template = podTemplateOf(copy) as { metadata?: { annotations?: Record<string, string> } } | undefined;
  if (template === undefined) return manifest;
  template.metadata = { ...template.metadata, annotations: { ...template.metadata?.annotations, [name]: value } };
  return copy;
}
