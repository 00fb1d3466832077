import type { ClusterNode } from './cluster-provider.ts';

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly nodeInfo?: { readonly kubeletVersion: string };
    };
  }[];
}

/** Reads the answer of `kubectl get nodes --output json`. */
export function readNodes(json: string): ClusterNode[] {
  return (JSON.parse(json) as NodeList).items.map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    version: status.nodeInfo?.kubeletVersion ?? '?',
  }));
}
