import type { Manifest } from '../../../src/stack/manifest.ts';
import type { Container, Workload } from './view.ts';

/** One thing that is wrong. */
export interface Violation {
  /** `Deployment journey/api`, or with a part: `Deployment journey/api container api`. */
  readonly object: string;
  readonly message: string;
}

/**
 * A rule of the set that a model manifest must pass: PSS restricted, the default-on rules of kube-linter, kube-score and
 * polaris, Kyverno's best practices, the NSA/CISA guide. Our own words and code; kube-linter and polaris cannot be had
 * everywhere, and several of their rules contradict each other (see k8s/waivers.yaml).
 */
export interface Rule {
  readonly id: string;
  readonly check: (set: ManifestSet) => readonly Violation[];
}

export interface ManifestSet {
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly Workload[];
}

/** A rule about each Pod. `test` gives what is wrong, or nothing. */
export function podRule(id: string, test: (workload: Workload, set: ManifestSet) => string | undefined | false): Rule {
  return {
    id,
    check: (set) =>
      set.workloads.flatMap((workload) => {
        const message = test(workload, set);
        return message ? [{ object: objectOf(workload), message }] : [];
      }),
  };
}

/** A rule about each container, Init containers too. */
export function containerRule(
  id: string,
  test: (container: Workload['containers'][number], workload: Workload) => string | undefined | false,
): Rule {
  return {
    id,
    check: (set) =>
      set.workloads.flatMap((workload) =>
        workload.containers.flatMap((container) => {
          const message = test(container, workload);
          return message ? [{ object: `${objectOf(workload)} container ${container.name}`, message }] : [];
        }),
      ),
  };
}

/** A rule about each object of some kinds. */
export function objectRule(
  id: string,
  kinds: readonly string[],
  test: (manifest: Manifest, set: ManifestSet) => string | undefined | false,
): Rule {
  return {
    id,
    check: (set) =>
      set.manifests
        .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
        .flatMap((manifest) => {
          const message = test(manifest, set);
          return message ? [{ object: nameOfManifest(manifest), message }] : [];
        }),
  };
}

function objectOf({ manifest }: Workload): string {
  return nameOfManifest(manifest);
}

function nameOfManifest({ kind, metadata }: Manifest): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}

export type { Container };
