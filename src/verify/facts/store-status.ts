import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { askPod, jsonOf } from './api-http.ts';

/** How long an API Pod may take to find a Redis that is there: it tries every two seconds, a name may be cached for longer. */
export const reconnectWithinMs = 10_000;

/** @returns `true` when each of these API Pods says of its store what is wanted, else `undefined`. */
export async function allStores(
  context: CheckContext,
  pods: readonly Pod[],
  status: 'up' | 'down',
): Promise<true | undefined> {
  const answers = await Promise.all(pods.map((pod) => askPod(context, pod, { path: '/readyz' })));
  return answers.every((a) => jsonOf<{ store?: { status?: string } }>(a)?.store?.status === status) ? true : undefined;
}
