import type { Check } from './check.ts';
import { apiRolledOut } from './checks/api/ap01-rolled-out.ts';
import { apiServiceEndpoints } from './checks/api/ap02-service-endpoints.ts';
import { apiConnectedToRedis } from './checks/api/ap03-connected-to-redis.ts';
import { apiCacheReadsAndWrites } from './checks/api/ap04-cache-reads-and-writes.ts';
import { apiCacheRoundTrip } from './checks/api/ap05-cache-round-trip.ts';
import { apiConfigFromConfigMap } from './checks/api/ap06-config-from-configmap.ts';
import { apiSameConfig } from './checks/api/ap07-same-config.ts';
import { apiEndpoints } from './checks/api/ap08-endpoints.ts';
import { apiConfigReload } from './checks/api/ap09-config-reload.ts';
import { apiBadConfigRefused } from './checks/api/ap10-bad-config-refused.ts';
import { cleanupOnSchedule } from './checks/cleanup-job/cj01-on-schedule.ts';
import { cleanupJobSucceeds } from './checks/cleanup-job/cj02-job-succeeds.ts';
import { cleanupLogComplete } from './checks/cleanup-job/cj03-log-complete.ts';
import { cleanupReadyToFail } from './checks/cleanup-job/cj04-ready-to-fail.ts';
import { cleanupLastRunsSucceeded } from './checks/cleanup-job/cj05-last-runs-succeeded.ts';
import { cleanupWrongPasswordNotRetried } from './checks/cleanup-job/cj06-wrong-password-not-retried.ts';
import { cleanupRetriedUntilItSucceeds } from './checks/cleanup-job/cj07-retried-until-it-succeeds.ts';
import { cleanupFiresByItself } from './checks/cleanup-job/cj08-fires-by-itself.ts';
import { collectorOnEveryNode } from './checks/log-collector/lc01-every-node.ts';
import { collectorKnowsItsNode } from './checks/log-collector/lc02-knows-its-node.ts';
import { canaryLineArrives } from './checks/log-collector/lc03-canary-line-arrives.ts';
import { collectorMetricsExposed } from './checks/log-collector/lc04-metrics-exposed.ts';
import { collectorNothingLost } from './checks/log-collector/lc05-nothing-lost.ts';
import { collectorLogsReadOnly } from './checks/log-collector/lc06-logs-read-only.ts';
import { noneLostOnRestart } from './checks/log-collector/lc07-none-lost-on-restart.ts';
import { labelsAndOwner } from './checks/log-collector/lc08-labels-and-owner.ts';
import { redisReadyOnCurrentRevision } from './checks/redis/rd01-ready-on-current-revision.ts';
import { redisHeadlessName } from './checks/redis/rd02-headless-name.ts';
import { redisVolumeUnderData } from './checks/redis/rd03-volume-under-data.ts';
import { redisClientsConnect } from './checks/redis/rd04-clients-connect.ts';
import { redisRunningConfig } from './checks/redis/rd05-running-config.ts';
import { redisPersistenceOn } from './checks/redis/rd06-persistence-on.ts';
import { redisMemoryBounded } from './checks/redis/rd07-memory-bounded.ts';
import { redisPasswordDemanded } from './checks/redis/rd08-password-demanded.ts';
import { redisDataSurvives } from './checks/redis/rd09-data-survives.ts';
import { podsRunning } from './checks/whole-stack/te01-pods-running.ts';
import { noRecentRestart } from './checks/whole-stack/te02-no-recent-restart.ts';
import { resourcesSet } from './checks/whole-stack/te03-resources-set.ts';
import { memoryHeadroom } from './checks/whole-stack/te04-memory-headroom.ts';
import { probesRight } from './checks/whole-stack/te05-probes-right.ts';
import { redisOutage } from './checks/whole-stack/te06-redis-outage.ts';
import { logsParse } from './checks/whole-stack/te07-logs-parse.ts';
import { metricsComplete } from './checks/whole-stack/te08-metrics-complete.ts';
import { nodeDrain } from './checks/whole-stack/te09-drain.ts';

/** Every acceptance check, in the order it runs: by category, what disturbs the stack last in each. */
export const catalogue: readonly Check[] = [
  redisReadyOnCurrentRevision,
  redisHeadlessName,
  redisVolumeUnderData,
  redisClientsConnect,
  redisRunningConfig,
  redisPersistenceOn,
  redisMemoryBounded,
  redisPasswordDemanded,
  redisDataSurvives,

  apiRolledOut,
  apiServiceEndpoints,
  apiConnectedToRedis,
  apiCacheReadsAndWrites,
  apiCacheRoundTrip,
  apiConfigFromConfigMap,
  apiSameConfig,
  apiEndpoints,
  apiConfigReload,
  apiBadConfigRefused,

  collectorOnEveryNode,
  collectorKnowsItsNode,
  canaryLineArrives,
  collectorMetricsExposed,
  collectorNothingLost,
  collectorLogsReadOnly,
  labelsAndOwner,
  noneLostOnRestart,

  cleanupOnSchedule,
  cleanupJobSucceeds,
  cleanupLogComplete,
  cleanupReadyToFail,
  cleanupLastRunsSucceeded,
  cleanupWrongPasswordNotRetried,
  cleanupRetriedUntilItSucceeds,
  cleanupFiresByItself,

  podsRunning,
  noRecentRestart,
  resourcesSet,
  memoryHeadroom,
  probesRight,
  logsParse,
  metricsComplete,
  redisOutage,
  nodeDrain,
];
