import type { Container, Pod } from '../../../src/cluster/objects.ts';
import { judgePods } from '../../../src/verify/checks/whole-stack/te01-pods-running.ts';
import { judgeRestarts } from '../../../src/verify/checks/whole-stack/te02-no-recent-restart.ts';
import { judgeResources } from '../../../src/verify/checks/whole-stack/te03-resources-set.ts';
import { judgeHeadroom } from '../../../src/verify/checks/whole-stack/te04-memory-headroom.ts';
import { judgeProbes } from '../../../src/verify/checks/whole-stack/te05-probes-right.ts';
import { judgeOutage } from '../../../src/verify/checks/whole-stack/te06-redis-outage.ts';
import { judgeLogs } from '../../../src/verify/checks/whole-stack/te07-logs-parse.ts';
import { apiFamilies, judgeMetrics } from '../../../src/verify/checks/whole-stack/te08-metrics-complete.ts';
import { judgeDrain } from '../../../src/verify/checks/whole-stack/te09-drain.ts';
import type { WorkloadTemplate } from '../../../src/verify/facts/templates.ts';
import { answer, type Case, crashing, now, pod, starting, unreached } from './objects.ts';

const pods = (...list: Pod[]) => judgePods({ namespaces: ['journey', 'journey-node'], pods: list });
const ofJob = { metadata: { ownerReferences: [{ kind: 'Job', name: 'j', uid: 'u' }] } };

const restarted = (finishedAt: string, reason = 'Error') =>
  pod('api-a', {
    more: {
      containerStatuses: [
        { name: 'api', ready: true, restartCount: 1, lastState: { terminated: { exitCode: 137, reason, finishedAt } } },
      ],
    },
  });
const restarts = (p: Pod) => judgeRestarts({ pods: [p], now });

const sized = (more: Container['resources'] = {}): Container => ({
  name: 'main',
  image: 'x',
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' }, ...more },
});
const row = (container: Container, more: Partial<WorkloadTemplate> = {}): WorkloadTemplate => ({
  workload: 'deployment/api',
  template: { spec: { containers: [container] } },
  replicas: 2,
  finite: false,
  ...more,
});

const Mi = 2 ** 20;
const use = (bytes: number | undefined) => judgeHeadroom([{ pod: 'api-a', bytes, limit: '256Mi' }]);

const get = (path: string, port: number | string = 'http') => ({ httpGet: { path, port } });
const probed = (more: Partial<Container> = {}): Container => ({
  ...sized(),
  ports: [{ name: 'http', containerPort: 8080 }],
  livenessProbe: get('/livez'),
  readinessProbe: get('/readyz'),
  ...more,
});
const { livenessProbe: _l, ...noLiveness } = probed();
const { readinessProbe: _r, ...noReadiness } = probed();

const stale = answer(
  200,
  { value: 'kept' },
  { 'cache-status': 'journey-near; hit; ttl=-9; detail="store unavailable"' },
);
const look = {
  pod: 'api-a',
  live: answer(200),
  read: stale,
  write: answer(503, { code: 'store-unavailable' }),
  writeMs: 20,
};
const outage = {
  namespace: 'journey',
  noticed: true,
  looks: [look],
  staleExpected: true,
  restartsBefore: 'api-a: 0',
  restartsAfter: 'api-a: 0',
  recovered: true,
  recoveredMs: 8_000,
};

const time = '2026-03-01T10:00:00.000Z';
const log = (...lines: (object | string)[]) =>
  judgeLogs([
    {
      pod: 'api-a',
      namespace: 'journey',
      log: lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n'),
    },
  ]);

const labelled = (labels: readonly string[]): string =>
  labels.length === 0 ? '' : `{${labels.map((l) => `${l}="x"`).join(',')}}`;
const page = (families: Readonly<Record<string, readonly string[]>> = apiFamilies): string =>
  Object.entries(families)
    .map(([f, labels]) => `# TYPE ${f} gauge\n${f}${labelled(labels)} 1`)
    .join('\n');
const scrape = (
  body: string,
  annotations: Record<string, string> = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
) => judgeMetrics([{ pod: 'api-a', namespace: 'journey', annotations, answer: answer(200, body) }]);
const { journey_store_up: _s, ...withoutStoreUp } = apiFamilies;

const drain = {
  node: 'node2',
  moving: 1,
  evicted: 1,
  elsewhere: 2,
  wanted: 2,
  requests: [undefined, undefined],
  tookMs: 9_000,
};

export const wholeStackCases: readonly Case[] = [
  { id: 'TE01', facts: 'healthy', outcome: pods(pod('api-a')), status: 'pass' },
  {
    id: 'TE01',
    facts: 'a crash loop',
    outcome: pods(pod('api-a'), crashing('api-b')),
    status: 'fail',
    says: /api-b: CrashLoopBackOff/,
    progressing: false,
  },
  { id: 'TE01', facts: 'a Pod is starting', outcome: pods(starting('api-b')), status: 'fail', progressing: true },
  {
    id: 'TE01',
    facts: 'unschedulable',
    outcome: pods(
      pod('api-b', {
        ready: false,
        more: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }],
        },
      }),
    ),
    status: 'fail',
    says: /0\/3 nodes/,
    progressing: false,
  },
  {
    id: 'TE01',
    facts: 'evicted',
    outcome: pods(pod('api-b', { ready: false, more: { phase: 'Failed', reason: 'Evicted' } })),
    status: 'fail',
    says: /Evicted/,
  },
  {
    id: 'TE01',
    facts: 'image cannot be pulled',
    outcome: pods(
      pod('api-b', {
        ready: false,
        more: {
          containerStatuses: [
            {
              name: 'main',
              ready: false,
              restartCount: 0,
              state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } },
            },
          ],
        },
      }),
    ),
    status: 'fail',
    says: /ImagePullBackOff, not found/,
    progressing: false,
  },
  {
    id: 'TE01',
    facts: 'a failed Job is history',
    outcome: pods(pod('api-a'), pod('j-1', { ...ofJob, ready: false, more: { phase: 'Failed' } })),
    status: 'pass',
  },
  {
    id: 'TE01',
    facts: 'a Job that cannot start',
    outcome: pods(
      pod('api-a'),
      pod('j-1', {
        ...ofJob,
        ready: false,
        more: {
          phase: 'Pending',
          containerStatuses: [
            {
              name: 'main',
              ready: false,
              restartCount: 0,
              state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret not found' } },
            },
          ],
        },
      }),
    ),
    status: 'fail',
    says: /secret not found/,
  },
  { id: 'TE01', facts: 'no Pod', outcome: pods(), status: 'fail', says: /there is no Pod/ },

  { id: 'TE02', facts: 'healthy', outcome: restarts(pod('api-a')), status: 'pass' },
  {
    id: 'TE02',
    facts: 'restarted two minutes ago',
    outcome: restarts(restarted('2026-03-01T10:28:00Z')),
    status: 'fail',
    says: /exit code 137 \(Error\).*--previous/s,
  },
  { id: 'TE02', facts: 'restarted yesterday', outcome: restarts(restarted('2026-02-28T10:28:00Z')), status: 'pass' },
  {
    id: 'TE02',
    facts: 'killed for memory yesterday',
    outcome: restarts(restarted('2026-02-28T10:28:00Z', 'OOMKilled')),
    status: 'warn',
    says: /OOMKilled/,
  },

  { id: 'TE03', facts: 'healthy', outcome: judgeResources([row(sized())]), status: 'pass' },
  {
    id: 'TE03',
    facts: 'no memory limit',
    outcome: judgeResources([row(sized({ limits: { cpu: '1' } }))]),
    status: 'fail',
    says: /deployment\/api main: limits\.memory/,
  },
  {
    id: 'TE03',
    facts: 'no cpu request',
    outcome: judgeResources([row(sized({ requests: { memory: '1Mi' } }))]),
    status: 'fail',
    says: /requests\.cpu/,
  },
  {
    id: 'TE03',
    facts: 'request above the limit',
    outcome: judgeResources([row(sized({ requests: { cpu: '2', memory: '1Mi' } }))]),
    status: 'fail',
    says: /cpu 2 > 1/,
  },
  {
    id: 'TE03',
    facts: 'an Init container without',
    outcome: judgeResources([
      row(sized(), { template: { spec: { containers: [sized()], initContainers: [{ name: 'init', image: 'x' }] } } }),
    ]),
    status: 'fail',
    says: /init: requests\.cpu/,
  },
  {
    id: 'TE03',
    facts: 'more than a small Minikube has',
    outcome: judgeResources([row(sized({ requests: { cpu: '300m', memory: '128Mi' } }))]),
    status: 'warn',
    says: /0\.60 CPU/,
  },
  {
    id: 'TE03',
    facts: 'exactly as much as it has',
    outcome: judgeResources([
      row(sized({ requests: { cpu: '250m', memory: '320Mi' }, limits: { cpu: '1', memory: '1Gi' } })),
    ]),
    status: 'pass',
  },
  { id: 'TE03', facts: 'nothing there', outcome: judgeResources([]), status: 'fail' },

  { id: 'TE04', facts: 'healthy', outcome: use(90 * Mi), status: 'pass' },
  { id: 'TE04', facts: 'close to the limit', outcome: use(240 * Mi), status: 'warn', says: /240 Mi \/ 256Mi/ },
  { id: 'TE04', facts: 'not measured', outcome: use(undefined), status: 'fail' },
  { id: 'TE04', facts: 'no Pod', outcome: judgeHeadroom([]), status: 'fail' },

  { id: 'TE05', facts: 'healthy', outcome: judgeProbes([row(probed())]), status: 'pass' },
  {
    id: 'TE05',
    facts: 'no liveness probe',
    outcome: judgeProbes([row(noLiveness)]),
    status: 'fail',
    says: /no livenessProbe/,
  },
  {
    id: 'TE05',
    facts: 'no readiness probe',
    outcome: judgeProbes([row(noReadiness)]),
    status: 'fail',
    says: /no readinessProbe/,
  },
  {
    id: 'TE05',
    facts: 'both ask the same',
    outcome: judgeProbes([row(probed({ readinessProbe: get('/livez') }))]),
    status: 'fail',
    says: /ask the same/,
  },
  {
    id: 'TE05',
    facts: 'liveness on a readiness path',
    outcome: judgeProbes([row(probed({ livenessProbe: get('/ready') }))]),
    status: 'fail',
    says: /livenessProbe asks \/ready/,
  },
  {
    id: 'TE05',
    facts: 'a port nobody declares',
    outcome: judgeProbes([row(probed({ readinessProbe: get('/readyz', 9999) }))]),
    status: 'fail',
    says: /port 9999/,
  },
  {
    id: 'TE05',
    facts: 'a Job needs none',
    outcome: judgeProbes([row(probed()), row(sized(), { finite: true })]),
    status: 'pass',
  },
  { id: 'TE05', facts: 'nothing there', outcome: judgeProbes([]), status: 'fail' },

  { id: 'TE06', facts: 'healthy', outcome: judgeOutage(outage), status: 'pass' },
  {
    id: 'TE06',
    facts: 'Redis never seemed away: nothing was proved',
    outcome: judgeOutage({ ...outage, noticed: false }),
    status: 'fail',
  },
  {
    id: 'TE06',
    facts: 'liveness fails',
    outcome: judgeOutage({ ...outage, looks: [{ ...look, live: answer(503) }] }),
    status: 'fail',
    says: /\/livez 503/,
  },
  {
    id: 'TE06',
    facts: 'API restarted',
    outcome: judgeOutage({ ...outage, restartsAfter: 'api-a: 1' }),
    status: 'fail',
    says: /api-a: 0 → api-a: 1/,
  },
  {
    id: 'TE06',
    facts: 'writes hang',
    outcome: judgeOutage({ ...outage, looks: [{ ...look, writeMs: 9_000 }] }),
    status: 'fail',
    says: /9000 ms/,
  },
  {
    id: 'TE06',
    facts: 'a write is taken and lost',
    outcome: judgeOutage({ ...outage, looks: [{ ...look, write: answer(201) }] }),
    status: 'fail',
  },
  {
    id: 'TE06',
    facts: 'cached entry not served',
    outcome: judgeOutage({ ...outage, looks: [{ ...look, read: answer(503) }] }),
    status: 'fail',
    says: /staleIfErrorSeconds/,
  },
  {
    id: 'TE06',
    facts: 'stale entry passed off as fresh',
    outcome: judgeOutage({
      ...outage,
      looks: [{ ...look, read: answer(200, {}, { 'cache-status': 'journey-near; hit; ttl=5' }) }],
    }),
    status: 'fail',
  },
  {
    id: 'TE06',
    facts: 'stale answers switched off',
    outcome: judgeOutage({ ...outage, staleExpected: false, looks: [{ ...look, read: answer(503) }] }),
    status: 'pass',
  },
  {
    id: 'TE06',
    facts: 'does not reconnect',
    outcome: judgeOutage({ ...outage, recovered: false }),
    status: 'fail',
    says: /look the name up again/,
  },

  {
    id: 'TE07',
    facts: 'healthy',
    outcome: log({ time, level: 'info', msg: 'x' }, { time, log: 'y', kubernetes: {} }),
    status: 'pass',
  },
  {
    id: 'TE07',
    facts: 'a stack trace',
    outcome: log({ time, level: 'info', msg: 'x' }, 'Error: boom', '    at f (x.js:1)'),
    status: 'fail',
    says: /Error: boom/,
  },
  { id: 'TE07', facts: 'JSON without a level', outcome: log({ time, msg: 'x' }), status: 'fail' },
  {
    id: 'TE07',
    facts: 'a time nobody can read',
    outcome: log({ time: 'noon', level: 'info', msg: 'x' }),
    status: 'fail',
  },
  { id: 'TE07', facts: 'silence', outcome: log(), status: 'fail' },
  { id: 'TE07', facts: 'no Pod', outcome: judgeLogs([]), status: 'fail' },

  { id: 'TE08', facts: 'healthy', outcome: scrape(page()), status: 'pass' },
  {
    id: 'TE08',
    facts: 'a metric is missing',
    outcome: scrape(page(withoutStoreUp)),
    status: 'fail',
    says: /journey_store_up/,
  },
  {
    id: 'TE08',
    facts: 'a label is missing',
    outcome: scrape(page({ ...apiFamilies, journey_cache_requests_total: ['tier'] })),
    status: 'fail',
    says: /tier, result/,
  },
  {
    id: 'TE08',
    facts: 'announced, but without a sample',
    outcome: scrape(page(withoutStoreUp).concat('\n# TYPE journey_store_up gauge')),
    status: 'fail',
    says: /0 samples/,
  },
  {
    id: 'TE08',
    facts: 'a series per key',
    outcome: scrape(`${page()}\n${Array.from({ length: 6_000 }, (_, i) => `x{key="${i}"} 1`).join('\n')}`),
    status: 'fail',
    says: /at most 5000 series/,
  },
  {
    id: 'TE08',
    facts: 'not marked for scraping',
    outcome: scrape(page(), {}),
    status: 'fail',
    says: /marked for scraping/,
  },
  {
    id: 'TE08',
    facts: 'does not answer',
    outcome: judgeMetrics([{ pod: 'api-a', namespace: 'journey', annotations: {}, answer: unreached }]),
    status: 'fail',
    says: /connection refused/,
  },
  { id: 'TE08', facts: 'no Pod', outcome: judgeMetrics([]), status: 'fail' },

  { id: 'TE09', facts: 'healthy', outcome: judgeDrain(drain), status: 'pass' },
  {
    id: 'TE09',
    facts: 'a budget forbids it',
    outcome: judgeDrain({ ...drain, evicted: 0 }),
    status: 'fail',
    says: /0 of 1 evicted/,
  },
  { id: 'TE09', facts: 'no room elsewhere', outcome: judgeDrain({ ...drain, elsewhere: 1 }), status: 'fail' },
  {
    id: 'TE09',
    facts: 'a request failed',
    outcome: judgeDrain({ ...drain, requests: [undefined, 'connection refused'] }),
    status: 'fail',
    says: /1 of 2 failed, first: connection refused/,
  },
  { id: 'TE09', facts: 'nobody asked', outcome: judgeDrain({ ...drain, requests: [] }), status: 'fail' },
];
