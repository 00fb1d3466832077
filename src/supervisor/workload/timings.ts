import { type BackOffSettings, localBackOff } from '../process/back-off.ts';

/** Every wait of the supervisor, so that tests need not wait as long as people do. Milliseconds. */
export interface Timings {
  readonly backOff: BackOffSettings;
  /** No program is ready sooner; a refused probe would only take time from those that are starting. */
  readonly firstProbeMs: number;
  /** Polls of /readyz until it first succeeds. */
  readonly startPollMs: number;
  /** A program that is not ready after this long gets a message. */
  readonly slowStartMs: number;
  /** The kubelet's `periodSeconds`, `timeoutSeconds` and `failureThreshold` of the liveness probe. */
  readonly livePeriodMs: number;
  readonly probeTimeoutMs: number;
  readonly failureThreshold: number;
  /** How often a refused configuration file is looked at for a change. */
  readonly configPollMs: number;
  /** After the collector is ready: how long until folders of earlier Pods are removed. */
  readonly pruneAfterMs: number;
  /** Longest clean-up run, `activeDeadlineSeconds`. */
  readonly jobDeadlineMs: number;
}

export const defaultTimings: Timings = {
  backOff: localBackOff,
  firstProbeMs: 100,
  startPollMs: 20,
  slowStartMs: 20_000,
  livePeriodMs: 10_000,
  probeTimeoutMs: 1_000,
  failureThreshold: 3,
  configPollMs: 500,
  pruneAfterMs: 60_000,
  jobDeadlineMs: 15 * 60_000,
};
