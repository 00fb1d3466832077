import { createCanaries } from '../../src/verify/canaries.ts';
import type { Check, CheckId, Clock } from '../../src/verify/check.ts';
import type { ClusterAccess } from '../../src/verify/cluster-access/cluster-access.ts';
import { fail, type Outcome, pass, progressing, skip, unjudged, warn } from '../../src/verify/outcome.ts';
import type { Report } from '../../src/verify/report.ts';
import type { Run } from '../../src/verify/run-checks.ts';
import { raw, said } from '../../src/verify/said.ts';
import { defaultStack } from '../../src/verify/stack.ts';

/** A cluster that must not be asked anything. */
export const noCluster = new Proxy({} as ClusterAccess, {
  get(_, name) {
    throw new Error(`this test asks no cluster, but ${String(name)} was called`);
  },
});

export const realClock: Clock = {
  now: Date.now,
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(ms, 5));
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
    }),
};

export function canariesOf(cluster: ClusterAccess) {
  return createCanaries({ cluster, runId: 'testtest', now: Date.now });
}

/** A check that answers with these outcomes in turn, the last one for ever. */
export function checkWith(id: CheckId, outcomes: Outcome | readonly Outcome[], more: Partial<Check> = {}): Check {
  const queue = [outcomes].flat();
  return {
    id,
    title: { en: `title of ${id}`, zh: `${id} 的标题` },
    proves: { en: `what ${id} proves`, zh: `${id} 证明了什么` },
    covers: ['pods-running'],
    run: async () => (queue.length > 1 ? queue.shift() : queue[0]) as Outcome,
    ...more,
  };
}

export const finding = {
  expected: raw('maxmemory-policy noeviction'),
  actual: raw('maxmemory-policy allkeys-lru\nappendonly no'),
  why: said({ en: 'Redis reads redis.conf once, at start', zh: 'Redis 只在启动时读取一次 redis.conf' }),
  fix: raw('kubectl -n journey rollout restart statefulset/redis'),
};

/** One result of every kind, in two categories. */
export function sampleReport(language: 'en' | 'zh'): Report {
  const results = [
    { check: checkWith('RD01', pass(raw('redis-0 Ready')), { fatal: true }), outcome: pass(raw('redis-0 Ready')) },
    { check: checkWith('RD05', fail(finding)), outcome: fail(finding) },
    { check: checkWith('RD06', progressing(finding)), outcome: progressing(finding) },
    { check: checkWith('LC03', warn(finding)), outcome: warn(finding) },
    {
      check: checkWith('LC05', skip(raw(''))),
      outcome: skip(raw('needs 2 nodes, found 1')),
    },
    { check: checkWith('LC06', unjudged(raw(''))), outcome: unjudged(raw('may not get pods/log <&">|')) },
  ].map((r, index) => ({ ...r, durationMs: 100 * (index + 1), attempts: 1 }));
  const run: Run = { results, startedAt: Date.UTC(2026, 0, 2, 3, 4, 5), durationMs: 12_400, interrupted: false };
  return {
    run,
    cluster: { context: 'minikube', version: 'v1.34.4', nodes: 2 },
    stack: defaultStack,
    journeyVersion: '0.2.0',
    language,
    exitCode: 1,
    leftOut: [checkWith('RD09', pass(raw('')), { disruptive: { en: 'restart Redis', zh: '重启 Redis' } })],
  };
}
