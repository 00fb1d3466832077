import { setTimeout as delay } from 'node:timers/promises';
import { type ProbeTarget, probe } from '../process/probe.ts';
import type { Timings } from './timings.ts';

export interface HealthEvents {
  ready(): void;
  unready(reason: string): void;
  slowStart(reason: string): void;
  /** The liveness probe failed often enough: the kubelet would restart it. */
  hung(reason: string): void;
}

/**
 * Probes one run of a program until `signal` aborts: /readyz in quick succession until it first succeeds (or the start
 * is overdue), then /livez and /readyz at the kubelet's pace. Resolves; never rejects.
 */
export async function watchHealth(
  target: ProbeTarget,
  timings: Timings,
  events: HealthEvents,
  signal: AbortSignal,
): Promise<void> {
  try {
    await start(target, timings, events, signal);
    await steady(target, timings, events, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function start(target: ProbeTarget, timings: Timings, events: HealthEvents, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const overdue = began + timings.slowStartMs;
  await delay(timings.firstProbeMs, undefined, { signal });
  for (;;) {
    const { ok, reason } = await probe(target, '/readyz', timings.probeTimeoutMs);
    signal.throwIfAborted();
    if (ok) return events.ready();
    if (performance.now() > overdue) return events.slowStart(reason);
    // Often while a good start would come to its end, then less: each look costs both sides something.
    const patience = performance.now() - began < 1_000 ? 1 : 5;
    await delay(timings.startPollMs * patience, undefined, { signal });
  }
}

async function steady(target: ProbeTarget, timings: Timings, events: HealthEvents, signal: AbortSignal): Promise<void> {
  for (let failures = 0; failures < timings.failureThreshold; ) {
    await delay(timings.livePeriodMs, undefined, { signal });
    const live = await probe(target, '/livez', timings.probeTimeoutMs);
    signal.throwIfAborted();
    failures = live.ok ? 0 : failures + 1;
    if (failures >= timings.failureThreshold) return events.hung(live.reason);
    if (!live.ok) continue;
    const ready = await probe(target, '/readyz', timings.probeTimeoutMs);
    signal.throwIfAborted();
    if (ready.ok) {
      events.ready();
      continue;
    }
    // A program that ends between the two looks answers neither: it is about to be told dead, not unready.
    const still = await probe(target, '/livez', timings.probeTimeoutMs);
    signal.throwIfAborted();
    if (still.ok) events.unready(ready.reason);
  }
}
