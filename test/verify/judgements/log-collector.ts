import { judgeCoverage } from '../../../src/verify/checks/log-collector/lc01-every-node.ts';
import { judgeStreams } from '../../../src/verify/checks/log-collector/lc02-knows-its-node.ts';
import { judgeDelivery } from '../../../src/verify/checks/log-collector/lc03-canary-line-arrives.ts';
import {
  collectorFamilies,
  judgeCollectorMetrics,
} from '../../../src/verify/checks/log-collector/lc04-metrics-exposed.ts';
import { judgeLoss } from '../../../src/verify/checks/log-collector/lc05-nothing-lost.ts';
import { judgeMounts } from '../../../src/verify/checks/log-collector/lc06-logs-read-only.ts';
import { judgeFlow } from '../../../src/verify/checks/log-collector/lc07-none-lost-on-restart.ts';
import { judgeKnown } from '../../../src/verify/checks/log-collector/lc08-labels-and-owner.ts';
import type { CollectedRecord } from '../../../src/verify/facts/collected-records.ts';
import { answer, type Case, crashing, daemonSet, node, pod, starting, template, unreached } from './objects.ts';

const inNode = { namespace: 'journey-node' };
const collectors = [pod('lc-1', { ...inNode, node: 'node1' }), pod('lc-2', { ...inNode, node: 'node2' })];
const coverage = {
  namespace: 'journey-node',
  name: 'log-collector',
  daemonSet: daemonSet(),
  nodes: [node('node1'), node('node2')],
  pods: collectors,
};
const taint = (key: string) => ({ taints: [{ key, effect: 'NoSchedule' }] });

const followed = (p: { metadata: { uid: string; name: string } }, container = 'main') => ({
  namespace: 'journey',
  pod: p.metadata.name,
  uid: p.metadata.uid,
  container,
  state: 'running',
  lagSeconds: 0,
  lostBytes: {},
});
const [collector] = collectors as [ReturnType<typeof pod>, ReturnType<typeof pod>];
const neighbour = pod('api-a', { node: 'node1' });
const streams = {
  answers: [{ collector, answer: answer(200, { node: 'node1', streams: [followed(neighbour)] }) }],
  pods: [collector, neighbour, pod('api-b', { node: 'node2' })],
};

const canary = { pod: 'journey-verify-log-x-0', uid: 'u1', node: 'node1', collector: 'lc-1' };
const marker = 'journey-verify-x';
const origin = { node: 'node1', namespace: 'journey', pod: canary.pod, uid: 'u1', container: 'canary' };
const record = (stream: string, log: string, more: object = {}): CollectedRecord => ({
  time: '2026-03-01T10:00:00.123456789Z',
  stream,
  log,
  kubernetes: { ...origin, ...more },
});
const plain = record('stdout', JSON.stringify({ level: 'info', msg: `plain ${marker}` }));
const error = record('stderr', `error ${marker}`);
const long = record('stdout', `long ${'x'.repeat(20_000)} ${marker}`);
const delivery = {
  namespace: 'journey',
  nodeNamespace: 'journey-node',
  marker,
  canaries: [canary],
  records: [plain, error, long],
  tookMs: 2_000,
};
const delivered = (...records: CollectedRecord[]) => judgeDelivery({ ...delivery, records });

const page = (records = 12, families = collectorFamilies): string =>
  families.map((f) => `# TYPE ${f} gauge\n${f} ${f.endsWith('records_total') ? records : 0}`).join('\n');
const marked = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' };
const scraped = pod('lc-1', { metadata: { annotations: marked } });

const lossPage = (lag: number, lost: number): string =>
  `journey_collector_lag_seconds ${lag}\njourney_collector_lost_bytes_total{reason="rotated_away"} ${lost}\n`;
const loss = (text: string) => judgeLoss([{ pod: 'lc-1', answer: answer(200, text) }]);

const mounts = (path: string, readOnly: boolean) =>
  judgeMounts(
    template({
      volumes: [{ name: 'logs', hostPath: { path } }],
      containers: [{ name: 'c', image: 'x', volumeMounts: [{ name: 'logs', mountPath: '/var/log/pods', readOnly }] }],
    }),
  );

const line = (n: number): CollectedRecord => ({ log: `line ${n} ${marker}` });
const flow = { lines: 4, before: [line(0), line(1), line(2)], after: [line(2), line(3)], replaced: true };

const known = { job: 'journey-verify-known-x-0', node: 'node1', collector: 'lc-1' };
const ofJob = (more: object): CollectedRecord => ({
  log: `known 0 ${marker}`,
  kubernetes: { node: 'node1', pod: `${known.job}-abcde`, ...more },
});
const told = ofJob({ owner: { kind: 'Job', name: known.job }, labels: { app: 'journey-verify' } });
const judgedKnown = (...records: CollectedRecord[]) =>
  judgeKnown({ nodeNamespace: 'journey-node', canaries: [known], records, tookMs: 1_000 });

export const logCollectorCases: readonly Case[] = [
  { id: 'LC01', facts: 'healthy', outcome: judgeCoverage(coverage), status: 'pass' },
  {
    id: 'LC01',
    facts: 'no DaemonSet',
    outcome: judgeCoverage({ ...coverage, daemonSet: undefined, pods: [] }),
    status: 'fail',
    says: /there is none/,
  },
  {
    id: 'LC01',
    facts: 'nodeSelector leaves a node out, 1 of 1 Ready',
    outcome: judgeCoverage({ ...coverage, pods: collectors.slice(0, 1) }),
    status: 'fail',
    says: /none on node2/,
    progressing: false,
  },
  {
    id: 'LC01',
    facts: 'collector crashes on one node',
    outcome: judgeCoverage({ ...coverage, pods: [collector, crashing('lc-2', { ...inNode, node: 'node2' })] }),
    status: 'fail',
    says: /CrashLoopBackOff/,
    progressing: false,
  },
  {
    id: 'LC01',
    facts: 'collector is starting',
    outcome: judgeCoverage({ ...coverage, pods: [collector, starting('lc-2', { ...inNode, node: 'node2' })] }),
    status: 'fail',
    progressing: true,
  },
  {
    id: 'LC01',
    facts: 'control plane counts',
    outcome: judgeCoverage({
      ...coverage,
      nodes: [...coverage.nodes, node('cp', taint('node-role.kubernetes.io/control-plane'))],
    }),
    status: 'fail',
    says: /none on cp/,
  },
  {
    id: 'LC01',
    facts: 'a node that is down does not count',
    outcome: judgeCoverage({
      ...coverage,
      nodes: [...coverage.nodes, node('node3', taint('node.kubernetes.io/unreachable'), false)],
    }),
    status: 'pass',
  },
  {
    id: 'LC01',
    facts: 'a node with a taint of its own',
    outcome: judgeCoverage({ ...coverage, nodes: [...coverage.nodes, node('gpu', taint('gpu'))] }),
    status: 'warn',
    says: /none on gpu/,
  },
  { id: 'LC01', facts: 'no node is up', outcome: judgeCoverage({ ...coverage, nodes: [], pods: [] }), status: 'fail' },

  { id: 'LC02', facts: 'healthy', outcome: judgeStreams(streams), status: 'pass' },
  {
    id: 'LC02',
    facts: 'does not know its node',
    outcome: judgeStreams({ ...streams, answers: [{ collector, answer: answer(200, { node: '', streams: [] }) }] }),
    status: 'fail',
    says: /node: "".*downward API/s,
  },
  {
    id: 'LC02',
    facts: 'follows nothing',
    outcome: judgeStreams({
      ...streams,
      answers: [{ collector, answer: answer(200, { node: 'node1', streams: [] }) }],
    }),
    status: 'fail',
    says: /journey\/api-a\/main/,
  },
  {
    id: 'LC02',
    facts: 'follows the Pod that was here before',
    outcome: judgeStreams({
      ...streams,
      answers: [
        { collector, answer: answer(200, { node: 'node1', streams: [{ ...followed(neighbour), uid: 'old' }] }) },
      ],
    }),
    status: 'fail',
    says: /api-a/,
  },
  {
    id: 'LC02',
    facts: 'does not answer',
    outcome: judgeStreams({ ...streams, answers: [{ collector, answer: unreached }] }),
    status: 'fail',
    says: /connection refused/,
  },
  { id: 'LC02', facts: 'no collector', outcome: judgeStreams({ answers: [], pods: [] }), status: 'fail' },

  { id: 'LC03', facts: 'healthy', outcome: judgeDelivery(delivery), status: 'pass' },
  { id: 'LC03', facts: 'nothing arrives', outcome: delivered(), status: 'fail', says: /line "plain".*on node1/s },
  { id: 'LC03', facts: 'stderr is left out', outcome: delivered(plain, long), status: 'fail', says: /line "error"/ },
  {
    id: 'LC03',
    facts: 'long line in two pieces',
    outcome: delivered(
      plain,
      error,
      record('stdout', `long ${'x'.repeat(16_379)}`),
      record('stdout', `${'x'.repeat(3_621)} ${marker}`),
    ),
    status: 'fail',
    says: /exactly as written/,
  },
  {
    id: 'LC03',
    facts: 'wrong node',
    outcome: delivered(record('stdout', plain.log ?? '', { node: 'node2' }), error, long),
    status: 'fail',
    says: /"node":"node2"/,
  },
  {
    id: 'LC03',
    facts: 'no namespace',
    outcome: delivered(record('stdout', plain.log ?? '', { namespace: undefined }), error, long),
    status: 'fail',
  },
  {
    id: 'LC03',
    facts: 'wrong stream',
    outcome: delivered(plain, record('stdout', error.log ?? ''), long),
    status: 'fail',
    says: /stream stderr/,
  },
  { id: 'LC03', facts: 'no time', outcome: delivered({ ...plain, time: 'yesterday' }, error, long), status: 'fail' },
  {
    id: 'LC03',
    facts: 'no collector',
    outcome: judgeDelivery({ ...delivery, canaries: [], records: [] }),
    status: 'fail',
  },

  {
    id: 'LC04',
    facts: 'healthy',
    outcome: judgeCollectorMetrics([{ pod: scraped, answer: answer(200, page()) }]),
    status: 'pass',
  },
  {
    id: 'LC04',
    facts: 'not marked for scraping',
    outcome: judgeCollectorMetrics([{ pod: pod('lc-1'), answer: answer(200, page()) }]),
    status: 'fail',
    says: /prometheus\.io\/scrape/,
  },
  {
    id: 'LC04',
    facts: 'marked with another port',
    outcome: judgeCollectorMetrics([
      {
        pod: pod('lc-1', { metadata: { annotations: { ...marked, 'prometheus.io/port': '9999' } } }),
        answer: answer(200, page()),
      },
    ]),
    status: 'fail',
    says: /9999/,
  },
  {
    id: 'LC04',
    facts: 'a metric is missing',
    outcome: judgeCollectorMetrics([{ pod: scraped, answer: answer(200, page(12, collectorFamilies.slice(1))) }]),
    status: 'fail',
    says: /journey_build_info/,
  },
  {
    id: 'LC04',
    facts: 'has read nothing',
    outcome: judgeCollectorMetrics([{ pod: scraped, answer: answer(200, page(0)) }]),
    status: 'fail',
    says: /read no line/,
  },
  {
    id: 'LC04',
    facts: 'does not answer',
    outcome: judgeCollectorMetrics([{ pod: scraped, answer: unreached }]),
    status: 'fail',
    says: /connection refused/,
  },
  { id: 'LC04', facts: 'no collector', outcome: judgeCollectorMetrics([]), status: 'fail' },

  { id: 'LC05', facts: 'healthy', outcome: loss(lossPage(0.2, 0)), status: 'pass' },
  { id: 'LC05', facts: 'far behind', outcome: loss(lossPage(300, 0)), status: 'fail', says: /lc-1: 300 s/ },
  {
    id: 'LC05',
    facts: 'has lost something',
    outcome: loss(lossPage(0, 512)),
    status: 'warn',
    says: /512 bytes, reason rotated_away/,
  },
  { id: 'LC05', facts: 'does not say', outcome: loss(''), status: 'fail', says: /0\/1/ },
  { id: 'LC05', facts: 'no collector', outcome: judgeLoss([]), status: 'fail' },

  { id: 'LC06', facts: 'healthy', outcome: mounts('/var/log/pods', true), status: 'pass' },
  { id: 'LC06', facts: 'writable', outcome: mounts('/var/log/pods', false), status: 'fail', says: /readOnly: false/ },
  { id: 'LC06', facts: 'another folder', outcome: mounts('/opt/logs', true), status: 'fail', says: /\/opt\/logs/ },

  { id: 'LC07', facts: 'healthy, one line twice', outcome: judgeFlow(flow), status: 'pass' },
  {
    id: 'LC07',
    facts: 'a gap',
    outcome: judgeFlow({ ...flow, after: [line(2)] }),
    status: 'fail',
    says: /missing 1: 3; before the deletion 3, after it 1/,
  },
  {
    id: 'LC07',
    facts: 'no successor',
    outcome: judgeFlow({ ...flow, replaced: false }),
    status: 'fail',
    says: /no new collector/,
  },
  {
    id: 'LC07',
    facts: 'nothing at all',
    outcome: judgeFlow({ ...flow, before: [], after: [] }),
    status: 'fail',
    says: /missing 4/,
  },

  { id: 'LC08', facts: 'healthy, the first line was quicker', outcome: judgedKnown(ofJob({}), told), status: 'pass' },
  {
    id: 'LC08',
    facts: 'only what the path says',
    outcome: judgedKnown(ofJob({})),
    status: 'fail',
    says: /owner Job\/journey-verify-known-x-0.*1 records.*rbac\.yaml/s,
  },
  {
    id: 'LC08',
    facts: 'the Pod’s own name instead of its owner',
    outcome: judgedKnown({ ...told, kubernetes: { ...told.kubernetes, owner: { kind: 'Pod', name: 'p' } } }),
    status: 'fail',
    says: /"kind":"Pod"/,
  },
  {
    id: 'LC08',
    facts: 'no labels',
    outcome: judgedKnown({ ...told, kubernetes: { ...told.kubernetes, labels: {} } }),
    status: 'fail',
  },
  {
    id: 'LC08',
    facts: 'the wrong node',
    outcome: judgedKnown({ ...told, kubernetes: { ...told.kubernetes, node: 'node2' } }),
    status: 'fail',
  },
  {
    id: 'LC08',
    facts: 'no collector',
    outcome: judgeKnown({ nodeNamespace: 'journey-node', canaries: [], records: [], tookMs: 0 }),
    status: 'fail',
  },
];
