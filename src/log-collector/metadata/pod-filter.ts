import type { ContainerInstance } from '../record/source-label.ts';
import type { Labels } from './label-selector.ts';
import type { PodIndex } from './pod-index.ts';

/** What is to be done with a container: read it, leave it alone, or wait for the API to say what its labels are. */
export type Verdict = 'read' | 'ignore' | 'wait';

export interface PodWish {
  readonly labels: (labels: Labels) => boolean;
  readonly annotations: (annotations: Labels) => boolean;
  /** How long a Pod may be unknown to the API before it is read all the same. */
  readonly patienceMs: number;
}

export interface PodFilterOptions {
  /** Asked anew each time: selectors and patience may change. */
  readonly wish: () => PodWish;
  readonly index: Pick<PodIndex, 'get'>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Beyond this many the waiting begins anew; a node has a few hundred Pods. */
const mostUnknown = 10_000;

/**
 * Filters by label and annotation. The kubelet knows a Pod by the API, so its labels are normally there before its
 * first line. When they are not, its files wait a moment and are then read: losing what was wanted is worse than
 * delivering what was not.
 */
export function podFilter(options: PodFilterOptions): (instance: ContainerInstance) => Verdict {
  const { wish, index, now } = options;
  const unknownSince = new Map<string, number>();
  return ({ uid }) => {
    const { labels, annotations, patienceMs } = wish();
    const pod = index.get(uid);
    if (pod !== undefined) {
      unknownSince.delete(uid);
      return labels(pod.info.labels) && annotations(pod.info.annotations) ? 'read' : 'ignore';
    }
    const since = unknownSince.get(uid) ?? now();
    if (unknownSince.size > mostUnknown) unknownSince.clear();
    unknownSince.set(uid, since);
    return now() - since < patienceMs ? 'wait' : 'read';
  };
}
