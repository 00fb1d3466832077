import type { HttpTarget, Kind } from './cluster-access.ts';

const groups: Readonly<Record<Kind, string>> = {
  configmaps: 'api/v1',
  cronjobs: 'apis/batch/v1',
  daemonsets: 'apis/apps/v1',
  deployments: 'apis/apps/v1',
  endpointslices: 'apis/discovery.k8s.io/v1',
  events: 'api/v1',
  jobs: 'apis/batch/v1',
  namespaces: 'api/v1',
  nodes: 'api/v1',
  persistentvolumeclaims: 'api/v1',
  pods: 'api/v1',
  secrets: 'api/v1',
  services: 'api/v1',
  statefulsets: 'apis/apps/v1',
};

const clusterScoped: ReadonlySet<Kind> = new Set<Kind>(['namespaces', 'nodes']);

/** Path of a collection, or of one object when it has a name. The namespace of a cluster-scoped kind is ignored. */
export function apiPath(kind: Kind, namespace: string, name?: string): string {
  const scope = clusterScoped.has(kind) ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `/${groups[kind]}${scope}/${kind}${object}`;
}

/** Path under which the API server forwards HTTP to a Pod or a Service. */
export function proxyPath({ kind, namespace, name, port }: HttpTarget, path: string): string {
  return `${apiPath(kind, namespace, `${name}:${port}`).replaceAll('%3A', ':')}/proxy${path}`;
}

export function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
