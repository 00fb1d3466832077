import { isReady } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askCollector } from '../../facts/collector-http.ts';
import { parsePrometheusText } from '../../facts/prometheus-text.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  metrics: { en: 'metrics from every collector', zh: '每个采集器的指标' },
  lost: { en: 'no lost byte', zh: '没有丢失任何字节' },
  whyLost: {
    en: 'the reason says where: rotated_away and deleted_before_read mean the collector was too slow or away; rejected means the sink refused',
    zh: 'reason 指出丢失位置：rotated_away 与 deleted_before_read 表示采集器太慢或不在线；rejected 表示输出端拒绝',
  },
  behind: { en: 'at most {seconds} s behind', zh: '滞后不超过 {seconds} 秒' },
  whyBehind: {
    en: 'what lags far enough is rotated away before it is read',
    zh: '滞后过多的日志会在读取之前被轮转删除',
  },
});

const mostLagSeconds = 60;

export const collectorNothingLost: Check = {
  id: 'LC05',
  title: { en: 'no collector has lost a byte or is far behind', zh: '没有采集器丢失数据或严重滞后' },
  proves: {
    en: 'Reads `journey_collector_lost_bytes_total` by reason and `journey_collector_lag_seconds` of each collector. A loss is a warning: it has happened and cannot be mended; lag can.',
    zh: '读取每个采集器按原因统计的 `journey_collector_lost_bytes_total` 与 `journey_collector_lag_seconds`。丢失只给出警告，因为已无法挽回；滞后则可以处理。',
  },
  covers: ['logs-output'],
  async run(context) {
    const pods = (await logCollectorPods(context)).filter(isReady);
    return judgeLoss(
      await Promise.all(
        pods.map(async (pod) => ({ pod: pod.metadata.name, answer: await askCollector(context, pod, '/metrics') })),
      ),
    );
  },
};

export function judgeLoss(scrapes: readonly { readonly pod: string; readonly answer: HttpAnswer }[]): Outcome {
  const samples = scrapes.flatMap(({ pod, answer }) =>
    answer.reached ? parsePrometheusText(answer.body).map((sample) => ({ pod, ...sample })) : [],
  );
  const lag = samples.filter((s) => s.name === 'journey_collector_lag_seconds');
  if (lag.length < scrapes.length || scrapes.length === 0) {
    return fail({
      expected: said(text.metrics),
      actual: raw(`${lag.length}/${scrapes.length}`),
      why: said(text.whyLost),
      fix: raw('journey verify --only LC04'),
    });
  }
  const behind = lag.filter((s) => s.value > mostLagSeconds);
  if (behind.length > 0) {
    return fail({
      expected: said(text.behind, { seconds: mostLagSeconds }),
      actual: raw(behind.map((s) => `${s.pod}: ${s.value} s`).join('\n')),
      why: said(text.whyBehind),
      fix: raw('kubectl -n journey-node top pods; kubectl -n journey-node logs daemonset/log-collector --tail=20'),
    });
  }
  const lost = samples.filter((s) => s.name === 'journey_collector_lost_bytes_total' && s.value > 0);
  if (lost.length > 0) {
    return warn({
      expected: said(text.lost),
      actual: raw(lost.map((s) => `${s.pod}: ${s.value} bytes, reason ${s.labels['reason'] ?? '?'}`).join('\n')),
      why: said(text.whyLost),
      fix: raw('kubectl get --raw /api/v1/namespaces/journey-node/pods/<pod>:9100/proxy/streams'),
    });
  }
  return pass(raw(lag.map((s) => `${s.pod}: ${s.value} s`).join(', ')));
}
