import type { Pod, Service } from '../../cluster/objects.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import type { CheckContext } from '../check.ts';
import type { HttpAnswer, HttpRequest } from '../cluster-access/cluster-access.ts';
import { portOf } from './workloads.ts';

/** One exchange with one API Pod. */
export function askPod(context: CheckContext, pod: Pod, request: HttpRequest): Promise<HttpAnswer> {
  const { name, namespace = context.stack.namespace } = pod.metadata;
  return context.cluster.http({ kind: 'pods', namespace, name, port: portOf(pod) }, request, {
    signal: context.signal,
  });
}

/** One exchange with whichever API Pod the Service leads to. */
export async function askApi(context: CheckContext, request: HttpRequest): Promise<HttpAnswer> {
  const { cluster, stack, signal } = context;
  const service = await cluster.get<Service>('services', stack.namespace, stack.api.service, { signal });
  const port = service?.spec.ports?.[0]?.port;
  if (port === undefined) return { reached: false, reason: `services/${stack.api.service}: not found` };
  return cluster.http({ kind: 'services', namespace: stack.namespace, name: stack.api.service, port }, request, {
    signal,
  });
}

/** What an answer comes to in one line, for a finding. */
export function inOneLine(answer: HttpAnswer): string {
  if (!answer.reached) return answer.reason;
  return `${answer.status} ${answer.body.replace(/\s+/g, ' ').slice(0, 200)}`.trim();
}

/** The parsed body; `undefined` when the target was not reached or did not answer with JSON. */
export function jsonOf<T>(answer: HttpAnswer): T | undefined {
  if (!answer.reached) return undefined;
  try {
    return JSON.parse(answer.body) as T;
  } catch {
    return undefined;
  }
}

/** Keys of canary entries begin with this; the API removes them by itself after their TTL. */
export function canaryKey({ runId }: CheckContext, name: string): string {
  return `journey:verify:${runId}:${name}`;
}

export function dataPath(key: string): string {
  return `/api/v1/data/${encodeURIComponent(key)}`;
}

export interface CanaryEntry {
  readonly key: string;
  readonly value: unknown;
  readonly ttlSeconds: number;
}

/**
 * Writes an entry through the Service and remembers to delete it.
 * @throws JourneyError `cluster-refused` when it was not accepted.
 */
export async function writeCanary(context: CheckContext, { key, value, ttlSeconds }: CanaryEntry): Promise<void> {
  context.canaries.undoWith(key, async (signal) => {
    await askApi({ ...context, signal }, { method: 'DELETE', path: dataPath(key) });
  });
  const answer = await askApi(context, {
    method: 'POST',
    path: '/api/v1/data',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key, value, ttl: ttlSeconds }),
  });
  if (!answer.reached || answer.status > 299) {
    throw new JourneyError('cluster-refused', { action: 'POST /api/v1/data', reason: inOneLine(answer) });
  }
}
