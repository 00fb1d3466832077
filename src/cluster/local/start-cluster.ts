import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { isJourneyError, JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import type { ImageArchive } from '../cluster-provider.ts';
import { applyAddons } from './addons.ts';
import { ensureApiServer, ensureControllers, ensureStorageProvisioner, kubectl } from './control-plane.ts';
import { ensureForwards } from './forwards.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { localMessages } from './messages.ts';
import { ensureNetwork } from './network.ts';
import { ensureNode, ensureNodeAgents } from './node.ts';
import { ensurePki } from './pki.ts';
import { waitForNodes } from './wait-for-nodes.ts';
import { waitForPart } from './wait-for-part.ts';

/** A log longer than this is emptied by the next `up`. */
const maxLogBytes = 64 * 1024 * 1024;
/** How often a part that ended by itself is started again before it counts as broken. */
const restarts = 3;

/** Every step looks first at what is there, so this is at once making, finishing after a crash, and repairing. */
export async function startCluster(
  cluster: LocalClusterContext,
  images: readonly ImageArchive[],
  askedApiPort: number | undefined,
): Promise<void> {
  const { tools, topology, state, context } = cluster;
  const { report, language } = context;
  shortenLogs(cluster);
  if (!existsSync(cluster.layout.pki)) report(say(language, localMessages.certificates));
  await ensurePki(cluster.layout.pki, topology, tools);
  if (!state.data.networkReady) report(say(language, localMessages.network));
  await ensureNetwork(state, topology, tools);
  await startParts(cluster, images, askedApiPort);
  state.update({ stopped: [] });
  report(say(language, localMessages.waiting, { count: topology.nodes.length }));
  await waitForNodes(cluster);
  await waitForDns(cluster);
  await ensureForwards(cluster);
  // One that fell over after its start, as some do when a busy machine makes the API server slow to answer.
  for (let attempt = 1; attempt <= restarts && faultsOf(cluster).length > 0; attempt++) {
    await startParts(cluster, images, askedApiPort);
    await waitForNodes(cluster);
    await ensureForwards(cluster);
  }
  // Say so now, not when something is missing later.
  for (const role of faultsOf(cluster)) await waitForPart(cluster, role, 0, () => false);
}

/** Seconds, but minutes where two clusters start at once on two cores. */
const dnsSeconds = 240;

/** @throws JourneyError `cluster-part-failed` with what the Pods and the newest warnings say. */
async function waitForDns(cluster: LocalClusterContext): Promise<void> {
  const inSystem = (...args: string[]) => ['--namespace', 'kube-system', ...args];
  const rollout = inSystem('rollout', 'status', 'deployment/coredns', `--timeout=${dnsSeconds}s`);
  try {
    await kubectl(cluster, rollout, { deadlineMs: (dnsSeconds + 10) * 1_000 });
  } catch (error) {
    if (!isJourneyError(error, 'command-failed')) throw error;
    const look = (...args: string[]) => kubectl(cluster, inSystem(...args)).catch(reasonOf);
    const parts = [
      await look('get', 'pods', '--output', 'wide'),
      await look('logs', '--selector', 'k8s-app=kube-dns', '--tail=5', '--prefix'),
      await look(
        'get',
        'events',
        '--field-selector',
        'type=Warning',
        '--output',
        'custom-columns=:.involvedObject.name,:.message',
      ),
    ];
    throw new JourneyError(
      'cluster-part-failed',
      {
        part: 'coredns',
        seconds: dnsSeconds,
        reason: 'timeout',
        log: 'kubectl -n kube-system get pods, logs, events',
        tail: parts.map((text) => text.trim().split('\n').slice(-8).join('\n')).join('\n'),
      },
      { cause: error },
    );
  }
}

/** The nodes' containerds start and take in the images while the API server comes up. */
async function startParts(
  cluster: LocalClusterContext,
  images: readonly ImageArchive[],
  askedApiPort: number | undefined,
): Promise<void> {
  const control = startControlPlane(cluster, askedApiPort);
  await settleAll([
    control,
    ...cluster.topology.nodes.map(async (node) => {
      await ensureNode(cluster, node, images);
      await control;
      await ensureNodeAgents(cluster, node);
    }),
  ]);
}

/** Parts that should run and do not. */
export function faultsOf({ state, processes }: LocalClusterContext): string[] {
  const { processes: recorded, stopped } = state.data;
  const wanted = Object.keys(recorded).filter((role) => !stopped.some((node) => role.endsWith(`-${node}`)));
  return wanted.filter((role) => processes.record(role) === undefined);
}

async function startControlPlane(cluster: LocalClusterContext, askedApiPort: number | undefined): Promise<void> {
  await ensureApiServer(cluster, askedApiPort);
  await ensureControllers(cluster);
  await applyAddons(cluster);
  await ensureStorageProvisioner(cluster);
}

function shortenLogs({ layout }: LocalClusterContext): void {
  if (!existsSync(layout.logs)) return;
  for (const name of readdirSync(layout.logs)) {
    const file = join(layout.logs, name);
    if (statSync(file).size > maxLogBytes) truncateSync(file);
  }
}

/** Waits for all even when one fails, so that nothing works on behind the error's back. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
