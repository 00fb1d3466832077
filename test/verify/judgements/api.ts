import type { EndpointSlice } from '../../../src/cluster/objects.ts';
import { judgeRollout } from '../../../src/verify/checks/api/ap01-rolled-out.ts';
import { judgeService } from '../../../src/verify/checks/api/ap02-service-endpoints.ts';
import { judgeConnection } from '../../../src/verify/checks/api/ap03-connected-to-redis.ts';
import { judgeCache } from '../../../src/verify/checks/api/ap04-cache-reads-and-writes.ts';
import { judgeRoundTrip } from '../../../src/verify/checks/api/ap05-cache-round-trip.ts';
import { judgeConfig } from '../../../src/verify/checks/api/ap06-config-from-configmap.ts';
import { judgeSameConfig } from '../../../src/verify/checks/api/ap07-same-config.ts';
import { documentedEndpoints, judgeEndpoints } from '../../../src/verify/checks/api/ap08-endpoints.ts';
import { judgeReload } from '../../../src/verify/checks/api/ap09-config-reload.ts';
import { judgeRefusal } from '../../../src/verify/checks/api/ap10-bad-config-refused.ts';
import type { EffectiveConfig, PodConfig } from '../../../src/verify/facts/effective-config.ts';
import { answer, type Case, crashing, deployment, meta, pod, starting, unreached } from './objects.ts';

const at = { namespace: 'journey', name: 'api' };
const pods = [pod('api-a', { ip: '10.1.0.7' }), pod('api-b', { ip: '10.1.1.8' })];

const slice = (...addresses: string[]): EndpointSlice => ({
  metadata: meta('api-x'),
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});
const served = {
  namespace: 'journey',
  service: 'api',
  slices: [slice('10.1.0.7', '10.1.1.8')],
  readyPods: pods,
  answer: answer(200),
};

const ready = (name: string, status: string, reason: string | null = null) =>
  answer(200, { status: 'ready', store: { name, status, reason } });
const connection = (a = ready('redis', 'up'), b = ready('redis', 'up')) =>
  judgeConnection({
    namespace: 'journey',
    answers: [
      { pod: 'api-a', answer: a },
      { pod: 'api-b', answer: b },
    ],
  });

const near = { etag: '"a"', 'cache-status': 'journey-near; hit; ttl=4' };
const miss = { etag: '"a"', 'cache-status': 'journey-near; fwd=miss; stored; ttl=5; detail=store' };
const reads = {
  pod: 'api-a',
  first: answer(200, { value: 'first' }, miss),
  second: answer(200, { value: 'first' }, near),
  revalidated: answer(304, '', near),
};
const cache = {
  namespace: 'journey',
  reads: [reads],
  changed: [{ pod: 'api-a', answer: answer(200, { value: 'second' }, miss) }],
  deleted: [{ pod: 'api-a', answer: answer(404, { code: 'key-not-found' }) }],
};

const steps = ['write', 'read', 'read-store', 'create-once', 'expire', 'delete'].map((name) => ({
  name,
  ok: true,
  ms: 1,
}));
const trip = (body: object, status = 200) =>
  judgeRoundTrip({ namespace: 'journey', answers: [{ pod: 'api-a', answer: answer(status, body) }] });

const settings = (nearTtl: unknown, source = 'file') => [
  { path: 'cache.nearTtlSeconds', value: nearTtl, source },
  { path: 'store.kind', value: 'redis', source },
  { path: 'logLevel', value: 'info', source: 'default' },
];
const effective = (more: Partial<EffectiveConfig> = {}): EffectiveConfig => ({
  hash: 'abc',
  lastRejected: null,
  pendingRestart: [],
  settings: settings(5),
  ...more,
});
const file = {
  map: 'api-config',
  file: 'config.yaml',
  text: 'cache:\n  nearTtlSeconds: 5\nstore:\n  kind: redis\n',
  immutable: false,
};
const config = { namespace: 'journey', deployment: 'api', file, configs: [{ pod: 'api-a', config: effective() }] };
const same = (...configs: (EffectiveConfig | undefined)[]) =>
  judgeSameConfig({
    namespace: 'journey',
    deployment: 'api',
    configs: configs.map((c, i) => ({ pod: `api-${i}`, config: c })),
  });

const documented = documentedEndpoints.map((endpoint) => ({
  endpoint,
  answer: answer(
    endpoint.status,
    endpoint.has instanceof RegExp ? 'journey_build_info verify' : Object.fromEntries(endpoint.has.map((h) => [h, 1])),
  ),
}));
const without = (path: string, a: ReturnType<typeof answer>) =>
  judgeEndpoints(documented.map((d) => (d.endpoint.request.path === path ? { ...d, answer: a } : d)));

const reload = {
  path: 'cache.negativeTtlMs',
  value: 501,
  seen: [{ pod: 'api-a', value: 501, source: 'file' }],
  podsBefore: 'api-a 0',
  podsAfter: 'api-a 0',
  tookMs: 1_500,
};

const rejected: PodConfig = {
  pod: 'api-a',
  config: effective({ lastRejected: { reason: "unknown key 'journeyVerifyNoSuchKey'" } }),
};
const calm: PodConfig = { pod: 'api-a', config: effective() };
const refusal = { namespace: 'journey', before: [calm], during: [rejected], after: [calm], readyDuring: 1 };

export const apiCases: readonly Case[] = [
  { id: 'AP01', facts: 'healthy', outcome: judgeRollout({ ...at, api: deployment(), pods }), status: 'pass' },
  {
    id: 'AP01',
    facts: 'no Deployment',
    outcome: judgeRollout({ ...at, api: undefined, pods: [] }),
    status: 'fail',
    says: /there is none/,
  },
  {
    id: 'AP01',
    facts: 'scaled to 0',
    outcome: judgeRollout({ ...at, api: deployment({}, 0), pods: [] }),
    status: 'fail',
    says: /replicas: 0/,
  },
  {
    id: 'AP01',
    facts: 'new Pod crashes',
    outcome: judgeRollout({
      ...at,
      api: deployment({ updatedReplicas: 1, replicas: 3 }),
      pods: [...pods, crashing('api-c')],
    }),
    status: 'fail',
    says: /api-c: CrashLoopBackOff/,
    progressing: false,
  },
  {
    id: 'AP01',
    facts: 'rollout under way',
    outcome: judgeRollout({
      ...at,
      api: deployment({ updatedReplicas: 1, replicas: 3 }),
      pods: [...pods, starting('api-c')],
    }),
    status: 'fail',
    progressing: true,
  },
  {
    id: 'AP01',
    facts: 'controller has not seen the change',
    outcome: judgeRollout({ ...at, api: deployment({ observedGeneration: 0 }), pods }),
    status: 'fail',
    progressing: true,
  },
  {
    id: 'AP01',
    facts: 'no Pod at all, refused by admission',
    outcome: judgeRollout({
      ...at,
      api: deployment({
        updatedReplicas: 0,
        availableReplicas: 0,
        replicas: 0,
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'violates PodSecurity "restricted"' }],
      }),
      pods: [],
    }),
    status: 'fail',
    says: /violates PodSecurity/,
    progressing: false,
  },

  { id: 'AP02', facts: 'healthy', outcome: judgeService(served), status: 'pass' },
  {
    id: 'AP02',
    facts: 'selector fits nothing',
    outcome: judgeService({ ...served, slices: [slice()] }),
    status: 'fail',
    says: /EndpointSlices have: -/,
  },
  {
    id: 'AP02',
    facts: 'a Ready Pod is left out',
    outcome: judgeService({ ...served, slices: [slice('10.1.0.7')] }),
    status: 'fail',
  },
  {
    id: 'AP02',
    facts: 'wrong targetPort',
    outcome: judgeService({ ...served, answer: unreached }),
    status: 'fail',
    says: /connection refused.*targetPort/s,
  },
  {
    id: 'AP02',
    facts: 'no Ready Pod',
    outcome: judgeService({ ...served, slices: [slice()], readyPods: [] }),
    status: 'fail',
  },

  { id: 'AP03', facts: 'healthy', outcome: connection(), status: 'pass' },
  {
    id: 'AP03',
    facts: 'one Pod has lost Redis',
    outcome: connection(ready('redis', 'down', 'ECONNREFUSED')),
    status: 'fail',
    says: /api-a: store redis down, ECONNREFUSED/,
  },
  {
    id: 'AP03',
    facts: 'the store is SQLite',
    outcome: connection(ready('sqlite', 'up')),
    status: 'fail',
    says: /store sqlite up/,
  },
  {
    id: 'AP03',
    facts: 'a Pod does not answer',
    outcome: connection(unreached),
    status: 'fail',
    says: /connection refused/,
  },
  { id: 'AP03', facts: 'no Pod', outcome: judgeConnection({ namespace: 'journey', answers: [] }), status: 'fail' },

  { id: 'AP04', facts: 'healthy', outcome: judgeCache(cache), status: 'pass' },
  {
    id: 'AP04',
    facts: 'not readable on a Pod',
    outcome: judgeCache({ ...cache, reads: [{ ...reads, first: answer(404, {}) }] }),
    status: 'fail',
    says: /reads back what was written/,
  },
  {
    id: 'AP04',
    facts: 'without an ETag',
    outcome: judgeCache({ ...cache, reads: [{ ...reads, first: answer(200, { value: 'first' }) }] }),
    status: 'fail',
  },
  {
    id: 'AP04',
    facts: 'never cached',
    outcome: judgeCache({ ...cache, reads: [{ ...reads, second: answer(200, { value: 'first' }, miss) }] }),
    status: 'fail',
    says: /cache\.maxBytes/,
  },
  {
    id: 'AP04',
    facts: 'no 304',
    outcome: judgeCache({ ...cache, reads: [{ ...reads, revalidated: answer(200, { value: 'first' }, near) }] }),
    status: 'fail',
    says: /304/,
  },
  {
    id: 'AP04',
    facts: 'a change is not seen',
    outcome: judgeCache({ ...cache, changed: [{ pod: 'api-a', answer: answer(200, { value: 'first' }, near) }] }),
    status: 'fail',
    says: /serves the new value/,
  },
  {
    id: 'AP04',
    facts: 'a deletion is not seen',
    outcome: judgeCache({ ...cache, deleted: [{ pod: 'api-a', answer: answer(200, { value: 'second' }, near) }] }),
    status: 'fail',
    says: /404 within/,
  },
  {
    id: 'AP04',
    facts: 'no Pod',
    outcome: judgeCache({ ...cache, reads: [], changed: [], deleted: [] }),
    status: 'fail',
  },

  { id: 'AP05', facts: 'healthy', outcome: trip({ ok: true, store: 'redis', steps }), status: 'pass' },
  {
    id: 'AP05',
    facts: 'a step failed',
    outcome: trip({ code: 'cache-test-failed', detail: 'expire: still there' }, 500),
    status: 'fail',
    says: /expire: still there/,
  },
  {
    id: 'AP05',
    facts: 'ok, but a step is missing',
    outcome: trip({ ok: true, store: 'redis', steps: steps.slice(0, 3) }),
    status: 'fail',
  },
  { id: 'AP05', facts: 'ok, but on SQLite', outcome: trip({ ok: true, store: 'sqlite', steps }), status: 'fail' },

  { id: 'AP06', facts: 'healthy', outcome: judgeConfig(config), status: 'pass' },
  {
    id: 'AP06',
    facts: 'another value runs',
    outcome: judgeConfig({ ...config, configs: [{ pod: 'api-a', config: effective({ settings: settings(60) }) }] }),
    status: 'fail',
    says: /nearTtlSeconds: 5.*nearTtlSeconds: 60/s,
  },
  {
    id: 'AP06',
    facts: 'right value by accident: not from the file',
    outcome: judgeConfig({
      ...config,
      configs: [{ pod: 'api-a', config: effective({ settings: settings(5, 'environment') }) }],
    }),
    status: 'fail',
    says: /environment/,
  },
  {
    id: 'AP06',
    facts: 'no ConfigMap mounted',
    outcome: judgeConfig({ ...config, file: undefined }),
    status: 'fail',
    says: /SQLite in the container/,
  },
  {
    id: 'AP06',
    facts: 'an empty file proves nothing',
    outcome: judgeConfig({ ...config, file: { ...file, text: '' } }),
    status: 'fail',
  },
  {
    id: 'AP06',
    facts: 'a Pod does not answer',
    outcome: judgeConfig({ ...config, configs: [{ pod: 'api-a', config: undefined }] }),
    status: 'fail',
  },

  { id: 'AP07', facts: 'healthy', outcome: same(effective(), effective()), status: 'pass' },
  {
    id: 'AP07',
    facts: 'two configurations',
    outcome: same(effective(), effective({ hash: 'def' })),
    status: 'fail',
    says: /abc.*def/s,
  },
  {
    id: 'AP07',
    facts: 'a refused reload',
    outcome: same(effective({ lastRejected: { reason: 'bad YAML' } })),
    status: 'fail',
    says: /bad YAML/,
  },
  {
    id: 'AP07',
    facts: 'settings wait for a restart',
    outcome: same(effective({ pendingRestart: ['server.port'] })),
    status: 'fail',
    says: /server\.port/,
  },
  { id: 'AP07', facts: 'no answer', outcome: same(undefined), status: 'fail' },
  { id: 'AP07', facts: 'no Pod', outcome: same(), status: 'fail' },

  { id: 'AP08', facts: 'healthy', outcome: judgeEndpoints(documented), status: 'pass' },
  {
    id: 'AP08',
    facts: 'an endpoint is gone',
    outcome: without('/api/v1/info', answer(404, {})),
    status: 'fail',
    says: /\/api\/v1\/info/,
  },
  {
    id: 'AP08',
    facts: 'a body lacks a member',
    outcome: without('/readyz', answer(200, { status: 'ready' })),
    status: 'fail',
    says: /\/readyz/,
  },
  {
    id: 'AP08',
    facts: 'a refusal is no problem document',
    outcome: without('/no/such/endpoint', answer(404, 'Not Found')),
    status: 'fail',
  },
  { id: 'AP08', facts: 'nothing was asked', outcome: judgeEndpoints([]), status: 'fail' },

  { id: 'AP09', facts: 'healthy', outcome: judgeReload(reload), status: 'pass' },
  {
    id: 'AP09',
    facts: 'never arrives',
    outcome: judgeReload({ ...reload, seen: [{ pod: 'api-a', value: 500, source: 'file' }] }),
    status: 'fail',
    says: /subPath/,
  },
  {
    id: 'AP09',
    facts: 'Pods were restarted',
    outcome: judgeReload({ ...reload, podsAfter: 'api-a 1' }),
    status: 'fail',
    says: /api-a 0 → api-a 1/,
  },
  { id: 'AP09', facts: 'no Pod', outcome: judgeReload({ ...reload, seen: [] }), status: 'fail' },

  { id: 'AP10', facts: 'healthy', outcome: judgeRefusal(refusal), status: 'pass' },
  {
    id: 'AP10',
    facts: 'swallowed',
    outcome: judgeRefusal({ ...refusal, during: [calm] }),
    status: 'fail',
    says: /journeyVerifyNoSuchKey/,
  },
  {
    id: 'AP10',
    facts: 'the old configuration was dropped',
    outcome: judgeRefusal({
      ...refusal,
      during: [
        { pod: 'api-a', config: effective({ hash: 'xyz', lastRejected: { reason: 'journeyVerifyNoSuchKey' } }) },
      ],
    }),
    status: 'fail',
    says: /xyz/,
  },
  {
    id: 'AP10',
    facts: 'a Pod became unready',
    outcome: judgeRefusal({ ...refusal, readyDuring: 0 }),
    status: 'fail',
    says: /Ready: 0\/1/,
  },
  {
    id: 'AP10',
    facts: 'does not recover',
    outcome: judgeRefusal({ ...refusal, after: [rejected] }),
    status: 'fail',
    says: /no refused reload any more/,
  },
  {
    id: 'AP10',
    facts: 'no Pod',
    outcome: judgeRefusal({ ...refusal, before: [], during: [], after: [] }),
    status: 'fail',
  },
];
