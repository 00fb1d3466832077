import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askPod, inOneLine } from '../../facts/api-http.ts';
import { familiesOf, parsePrometheusText } from '../../facts/prometheus-text.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  families: { en: '{pod}: /metrics has {names}', zh: '{pod}：/metrics 中包含 {names}' },
  labels: { en: '{pod}: {family} with the labels {labels}', zh: '{pod}：{family} 带有标签 {labels}' },
  why: { en: 'dashboards and alerts go by these names and labels', zh: '仪表盘与告警都依赖这些名称和标签' },
  bounded: { en: '{pod}: at most {most} series', zh: '{pod}：至多 {most} 个时间序列' },
  whyBounded: {
    en: 'a label that takes its value from requests (a path, a key) grows without end and takes Prometheus down with it',
    zh: '取值来自请求（路径、键）的标签会无限增长，最终拖垮 Prometheus',
  },
  annotated: {
    en: '{pod} marked for scraping (prometheus.io/scrape, prometheus.io/port)',
    zh: '{pod} 标记为可抓取（prometheus.io/scrape、prometheus.io/port）',
  },
  seen: { en: '{n} families on {pods} Pods', zh: '{pods} 个 Pod 上共 {n} 个指标族' },
});

/** DESIGN's contract: each family with the labels its samples must carry. */
export const apiFamilies: Readonly<Record<string, readonly string[]>> = {
  journey_build_info: ['version'],
  journey_http_request_duration_seconds: ['method', 'route', 'status'],
  journey_cache_requests_total: ['tier', 'result'],
  journey_cache_entries: [],
  journey_cache_bytes: [],
  journey_cache_invalidations_total: [],
  journey_store_up: [],
  journey_store_command_duration_seconds: ['command'],
  journey_config_reloads_total: ['result'],
};

const mostSeries = 5_000;

export const metricsComplete: Check = {
  id: 'TE08',
  title: { en: 'the API’s Prometheus metrics are complete and bounded', zh: 'API 的 Prometheus 指标完整且数量有界' },
  proves: {
    en: 'Scrapes each API Pod and looks for every metric of the contract with its labels, for the annotations by which Prometheus finds the Pod, and that the number of series stays small.',
    zh: '抓取每个 API Pod，核对约定的每个指标及其标签、Prometheus 用于发现 Pod 的注解，并确认时间序列数量较少。',
  },
  covers: ['metrics-complete'],
  async run(context) {
    const pods = await readyApiPods(context);
    return judgeMetrics(
      await Promise.all(
        pods.map(async (pod) => ({
          pod: pod.metadata.name,
          namespace: pod.metadata.namespace ?? '',
          annotations: pod.metadata.annotations ?? {},
          answer: await askPod(context, pod, { path: '/metrics' }),
        })),
      ),
    );
  },
};

export interface Scrape {
  readonly pod: string;
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly answer: HttpAnswer;
}

export function judgeMetrics(scrapes: readonly Scrape[]): Outcome {
  const names = Object.keys(apiFamilies);
  for (const { pod, namespace, annotations, answer } of scrapes) {
    const fix = raw(`kubectl get --raw /api/v1/namespaces/${namespace}/pods/${pod}:8080/proxy/metrics`);
    const page = answer.reached && answer.status === 200 ? answer.body : '';
    const families = familiesOf(page);
    const missing = names.filter((name) => !families.has(name));
    if (missing.length > 0) {
      const actual = raw(page === '' ? inOneLine(answer) : `- ${missing.join(', ')}`);
      return fail({
        expected: said(text.families, { pod, names: missing.join(', ') }),
        actual,
        why: said(text.why),
        fix,
      });
    }
    const samples = parsePrometheusText(page);
    for (const [family, labels] of Object.entries(apiFamilies)) {
      const own = samples.filter((s) => s.name === family || s.name.startsWith(`${family}_`));
      const wrong = own.find((s) => !labels.every((label) => label in s.labels));
      if (own.length === 0 || wrong !== undefined) {
        const actual = raw(wrong === undefined ? '0 samples' : `${wrong.name} ${JSON.stringify(wrong.labels)}`);
        return fail({
          expected: said(text.labels, { pod, family, labels: labels.join(', ') || '-' }),
          actual,
          why: said(text.why),
          fix,
        });
      }
    }
    if (samples.length > mostSeries) {
      return fail({
        expected: said(text.bounded, { pod, most: mostSeries }),
        actual: raw(samples.length),
        why: said(text.whyBounded),
        fix,
      });
    }
    if (annotations['prometheus.io/scrape'] !== 'true' || annotations['prometheus.io/port'] === undefined) {
      return fail({
        expected: said(text.annotated, { pod }),
        actual: raw(JSON.stringify(annotations)),
        why: said(text.why),
        fix,
      });
    }
  }
  if (scrapes.length === 0) {
    const expected = said(text.families, { pod: '-', names: names.join(', ') });
    return fail({ expected, actual: raw('0 Pods'), why: said(text.why), fix: raw('journey verify --only AP01') });
  }
  return pass(said(text.seen, { n: names.length, pods: scrapes.length }));
}
