import type { Namespace } from '../cluster/objects.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { createCanaries } from './canaries.ts';
import type { Check, Clock } from './check.ts';
import type { ClusterAccess, ClusterDescription } from './cluster-access/cluster-access.ts';
import { healLeftovers } from './heal-leftovers.ts';
import { type Run, type RunEvents, runChecks } from './run-checks.ts';
import type { Stack } from './stack.ts';

export interface VerifyStackOptions {
  readonly cluster: ClusterAccess;
  readonly stack: Stack;
  readonly checks: readonly Check[];
  readonly clock: Clock;
  readonly runId: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly events?: Partial<VerifyEvents>;
}

export interface VerifyEvents extends RunEvents {
  /** The cluster answered and has the stack; nothing has been done to it yet. */
  opened(cluster: ClusterDescription): void;
  /** Took back what a killed run had left, as `kind/name`. */
  healed(what: string): void;
}

export interface Verification {
  readonly cluster: ClusterDescription;
  readonly run: Run;
}

/** By which `journey up` and our manifests mark a namespace as ours. */
const ownLabel = ['app.kubernetes.io/part-of', 'cloudnative-journey'] as const;

/**
 * Judges a deployed stack.
 *
 * @throws JourneyError `cluster-unreachable`, `cluster-forbidden`, `stack-missing`; `stack-not-ours` when one of the
 * checks is disruptive and the namespace is not marked as ours, whatever the current context may be.
 */
export async function verifyStack(options: VerifyStackOptions): Promise<Verification> {
  const { cluster, stack, checks, clock, runId, waitMs, signal, events = {} } = options;
  const description = await cluster.describe(signal);
  const { context } = description;
  for (const name of new Set([stack.namespace, stack.nodeNamespace])) {
    const namespace = await cluster.get<Namespace>('namespaces', '', name, { signal });
    if (namespace === undefined) throw new JourneyError('stack-missing', { context, namespace: name });
    const disturbs = checks.some((check) => check.disruptive !== undefined);
    if (disturbs && namespace.metadata.labels?.[ownLabel[0]] !== ownLabel[1]) {
      throw new JourneyError('stack-not-ours', { namespace: name, label: ownLabel.join('=') });
    }
  }
  events.opened?.(description);
  for (const what of await healLeftovers({ cluster, stack, now: clock.now(), signal })) events.healed?.(what);
  const canaries = createCanaries({ cluster, runId, now: clock.now });
  const run = await runChecks({ checks, cluster, stack, canaries, clock, runId, waitMs, signal, events });
  return { cluster: description, run };
}
