import { readNodes } from '../nodes.ts';
import { askApi } from './ask-api.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { ensureNodeAgents } from './node.ts';
import { waitForPart } from './wait-for-part.ts';
import { waitUntil } from './wait-until.ts';

/** Longer than any healthy node takes; a kubelet that hangs is started again after it. */
const patienceMs = 60_000;

/** Waits until every node is Ready. A node that is not gets one new kubelet before it is reported as failed. */
export async function waitForNodes(cluster: LocalClusterContext): Promise<void> {
  const { signal } = cluster.context;
  const missing = async () => {
    const ready = await readyNodes(cluster);
    return cluster.topology.nodes.filter((node) => !ready.has(node.name));
  };
  const allReady = async () => (await missing()).length === 0;
  if (await waitUntil(allReady, { deadlineMs: patienceMs, everyMs: 300, signal })) return;
  const stuck = await missing();
  for (const node of stuck) {
    await cluster.processes.restart(`kubelet-${node.name}`);
    await ensureNodeAgents(cluster, node);
  }
  for (const node of stuck) {
    await waitForPart(cluster, `kubelet-${node.name}`, 60, async () => (await readyNodes(cluster)).has(node.name));
  }
}

async function readyNodes(cluster: LocalClusterContext): Promise<Set<string>> {
  const answer = await askApi(cluster, '/api/v1/nodes');
  return new Set(readNodes(answer ?? '{ "items": [] }').flatMap((node) => (node.ready ? [node.name] : [])));
}
