import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { List, Pod } from '../cluster/objects.ts';
import { stackNames } from './stack-layout.ts';

export interface WaitForStoreOptions {
  readonly kubectl: Kubectl;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const pollMs = 500;

/**
 * Waits until every API Pod has its store. They are Ready without it (that is what `requireStore: false` means), and
 * when Redis comes up last, their next attempt to connect may be seconds away: the first write would fail.
 *
 * @returns whether they have it; the stack is up either way.
 */
export async function waitForStore({ kubectl, deadlineMs, signal }: WaitForStoreOptions): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const selector = ['--selector', 'app.kubernetes.io/name=api'];
    const pods = await kubectl.json<List<Pod>>(['--namespace', stackNames.namespace, 'get', 'pods', ...selector]);
    const serving = pods?.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined) ?? [];
    const answers = await Promise.all(serving.map(({ metadata }) => hasStore(kubectl, metadata.name)));
    if (answers.every((answer) => answer)) return true;
    if (performance.now() >= deadline) return false;
    await sleep(pollMs, undefined, { signal });
  }
}

async function hasStore(kubectl: Kubectl, pod: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${stackNames.namespace}/pods/${pod}:${stackNames.apiPodPort}/proxy/readyz`;
  const { exitCode, stdout } = await kubectl.try(['get', '--raw', path], { deadlineMs: 10_000 });
  return exitCode === 0 && (JSON.parse(stdout) as { store?: { status?: string } }).store?.status === 'up';
}
