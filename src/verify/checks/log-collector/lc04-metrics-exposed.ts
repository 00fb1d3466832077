import { isReady, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { inOneLine } from '../../facts/api-http.ts';
import { askCollector } from '../../facts/collector-http.ts';
import { familiesOf, parsePrometheusText } from '../../facts/prometheus-text.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  annotated: {
    en: '{pod} is marked for scraping: prometheus.io/scrape true, port {port}',
    zh: '{pod} 标记为可抓取：prometheus.io/scrape 为 true，端口为 {port}',
  },
  whyAnnotated: {
    en: 'Prometheus finds Pods by these annotations; without them nobody ever asks',
    zh: 'Prometheus 通过这些注解发现 Pod；没有注解就不会有人抓取',
  },
  families: { en: '{pod}: /metrics has {names}', zh: '{pod}：/metrics 中包含 {names}' },
  whyFamilies: { en: 'dashboards and alerts go by these names', zh: '仪表盘与告警都依赖这些名称' },
  works: { en: '{pod}: journey_collector_records_total above 0', zh: '{pod}：journey_collector_records_total 大于 0' },
  whyWorks: {
    en: 'Ready and idle: it has read no line, though Kubernetes always writes some',
    zh: '处于 Ready 却没有工作：一行也没有读取，而 Kubernetes 总会写出日志',
  },
});

/** What DESIGN's contract and the research note (§6.10) name. */
export const collectorFamilies = [
  'journey_build_info',
  'journey_collector_read_bytes_total',
  'journey_collector_records_total',
  'journey_collector_file_bytes',
  'journey_collector_lag_bytes',
  'journey_collector_lag_seconds',
  'journey_collector_partial_open',
  'journey_collector_malformed_total',
  'journey_collector_invalid_utf8_total',
  'journey_collector_truncated_lines_total',
  'journey_collector_rotations_total',
  'journey_collector_held_deleted_bytes',
  'journey_collector_checkpoint_age_seconds',
  'journey_collector_sink_retries_total',
  'journey_collector_sink_rejected_total',
  'journey_collector_lost_bytes_total',
];

export const collectorMetricsExposed: Check = {
  id: 'LC04',
  title: {
    en: 'each collector exposes its Prometheus metrics and is marked for scraping',
    zh: '每个采集器都暴露 Prometheus 指标，并标记为可抓取',
  },
  proves: {
    en: 'Scrapes each collector as Prometheus would, by annotation and port, looks for every metric of the contract and that it has counted records.',
    zh: '像 Prometheus 一样按注解与端口抓取每个采集器，核对约定的每个指标，并确认它已经计入日志记录。',
  },
  covers: ['logs-metrics', 'metrics-complete'],
  async run(context) {
    const pods = (await logCollectorPods(context)).filter(isReady);
    return judgeCollectorMetrics(
      await Promise.all(pods.map(async (pod) => ({ pod, answer: await askCollector(context, pod, '/metrics') }))),
    );
  },
};

export function judgeCollectorMetrics(scrapes: readonly { readonly pod: Pod; readonly answer: HttpAnswer }[]): Outcome {
  for (const { pod, answer } of scrapes) {
    const { name, namespace = '', annotations = {} } = pod.metadata;
    const port = pod.spec.containers.flatMap((c) => c.ports ?? [])[0]?.containerPort ?? 0;
    const fix = raw(`kubectl get --raw /api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`);
    const marked = annotations['prometheus.io/scrape'] === 'true' && annotations['prometheus.io/port'] === String(port);
    if (!marked) {
      const actual = raw(
        JSON.stringify(
          Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith('prometheus.io/'))),
        ),
      );
      return fail({ expected: said(text.annotated, { pod: name, port }), actual, why: said(text.whyAnnotated), fix });
    }
    const page = answer.reached && answer.status === 200 ? answer.body : '';
    const families = familiesOf(page);
    const missing = collectorFamilies.filter((family) => !families.has(family));
    if (missing.length > 0) {
      const actual = raw(page === '' ? inOneLine(answer) : `- ${missing.join(', ')}`);
      return fail({
        expected: said(text.families, { pod: name, names: missing.join(', ') }),
        actual,
        why: said(text.whyFamilies),
        fix,
      });
    }
    const records = parsePrometheusText(page).find((s) => s.name === 'journey_collector_records_total')?.value ?? 0;
    if (records <= 0) {
      return fail({
        expected: said(text.works, { pod: name }),
        actual: raw(String(records)),
        why: said(text.whyWorks),
        fix,
      });
    }
  }
  if (scrapes.length === 0) {
    const expected = said(text.families, { pod: '-', names: collectorFamilies.join(', ') });
    return fail({
      expected,
      actual: raw('0 Pods'),
      why: said(text.whyFamilies),
      fix: raw('journey verify --only LC01'),
    });
  }
  return pass(raw(scrapes.map(({ pod }) => pod.metadata.name).join(', ')));
}
