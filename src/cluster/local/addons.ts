import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kubectl } from './control-plane.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';

const names = ['proxies', 'storage', 'dns'] as const;

/** Applies the cluster's own objects; applying them again repairs what was changed or deleted. */
export async function applyAddons(cluster: LocalClusterContext): Promise<void> {
  const { topology } = cluster;
  const values: Record<string, string> = {
    __DNS_ADDRESS__: topology.dnsAddress,
    __DNS_REPLICAS__: String(Math.min(2, topology.nodes.length)),
  };
  const manifest = names
    .map((name) => readFileSync(fileURLToPath(new URL(`addons/${name}.yaml`, import.meta.url)), 'utf8'))
    .join('\n---\n')
    .replace(/__[A-Z_]+__/g, (token) => values[token] ?? token);
  await kubectl(cluster, ['apply', '--filename', '-'], { input: manifest, deadlineMs: 60_000 });
}
