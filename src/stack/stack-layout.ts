import { join } from 'node:path';
import type { ProviderName, ServicePort } from '../cluster/cluster-provider.ts';

/** The names in k8s/v0.2 that programs go by. */
export const stackNames = {
  /** API, Redis, clean-up. */
  namespace: 'journey',
  /** The log collector. */
  nodeNamespace: 'journey-node',
  apiService: 'api',
  apiServicePort: 80,
  apiPodPort: 8080,
  passwordSecret: 'redis-auth',
} as const;

/** The API, for whoever brings it to this machine. */
export const apiServicePort: ServicePort = {
  namespace: stackNames.namespace,
  service: stackNames.apiService,
  port: stackNames.apiServicePort,
};

export const stackNamespaces = [stackNames.namespace, stackNames.nodeNamespace] as const;

/** On everything that is ours; a namespace without it is somebody else's and is not touched. */
export const ownerLabel = { name: 'app.kubernetes.io/part-of', value: 'cloudnative-journey' } as const;

/** Annotation of a Pod template: a digest of the ConfigMaps it mounts, for programs that read their file only once. */
export const configHashAnnotation = 'journey.example/config-hash';
/** Annotation of a Pod template: a digest of what its images were built from, since a rebuilt image keeps its tag. */
export const buildHashAnnotation = 'journey.example/build-hash';

/** The kustomize folder for a kind of cluster. @param root the repository's folder. */
export function overlayFolder(root: string, provider: ProviderName): string {
  return provider === 'existing' ? join(root, 'k8s/v0.2') : join(root, 'k8s/overlays', provider);
}
