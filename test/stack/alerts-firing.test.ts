import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram } from '../../src/cluster/programs.ts';
import { parsePrometheusText } from '../../src/verify/facts/prometheus-text.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { want } from '../support/want.ts';
import { alertGroups, alertRules, metricsPages } from './support/alerts.ts';

// Prometheus' own evaluation: what the programs report in truth raises no alert, and one change of it raises one.

const rules = alertRules();
const minutes = 240;
/** No multiple of it is a whole minute: whether a range takes in its own beginning (2.x) or not (3.x) does not matter. */
const scrapeSeconds = 37;

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly name: string;
  readonly labels: Labels;
  /** What a scrape in the minute up to this one has; `undefined`: nothing. */
  readonly at: (minute: number) => number | undefined;
}

interface Change {
  readonly name: string;
  /** Labels of the series it is about; one that there is not yet comes into being beside those of its name. */
  readonly labels?: Labels;
  readonly at: Series['at'];
}

interface Case {
  readonly alert: string;
  readonly when: string;
  readonly changes: readonly Change[];
  /** The first minute in which it fires. */
  readonly fires: number;
  readonly labels: Labels;
  readonly summary: string;
  readonly summaryZh: string;
}

const from = (minute: number, before: number | undefined, after: number | undefined) => (now: number) =>
  now < minute ? before : after;
/** A counter that goes up by so much each minute, from that one on. */
const rising = (minute: number, each: number) => (now: number) => Math.max(0, now - minute) * each;
const hourly = (now: number) => Math.floor(now / 60) * 3_600;

const cases: readonly Case[] = [
  {
    alert: 'JourneyLogsAboutToBeLost',
    when: 'less than five minutes are left',
    changes: [{ name: 'journey_collector_seconds_to_loss', at: from(20, Number.POSITIVE_INFINITY, 299) }],
    fires: 21,
    labels: { pod: 'log-collector-0' },
    summary: 'log-collector-0: unread log lines will be deleted in 4m 59s',
    summaryZh: 'log-collector-0：未读的日志行将在 4m 59s 后被删除',
  },
  {
    alert: 'JourneyLogsLost',
    when: 'bytes are lost on the way',
    changes: [
      { name: 'journey_collector_lost_bytes_total', labels: { reason: 'rotated_away' }, at: rising(20, 1_048_576) },
    ],
    fires: 21,
    labels: { pod: 'log-collector-0', reason: 'rotated_away' },
    summary: 'log-collector-0: 1.003MiB of logs were lost (rotated_away)',
    summaryZh: 'log-collector-0：丢失了 1.003MiB 日志（rotated_away）',
  },
  {
    alert: 'JourneyLogsLost',
    // A counter that begins above 0 never increases, for Prometheus.
    when: 'a collector finds at its start that they were lost while none ran',
    changes: [
      { name: 'process_start_time_seconds', labels: { pod: 'log-collector-0' }, at: () => 20 * 60 },
      {
        name: 'journey_collector_lost_bytes_total',
        labels: { reason: 'rotated_away' },
        at: from(20, undefined, 1_048_576),
      },
    ],
    fires: 20,
    labels: { pod: 'log-collector-0', reason: 'rotated_away' },
    summary: 'log-collector-0: 1MiB of logs were lost (rotated_away)',
    summaryZh: 'log-collector-0：丢失了 1MiB 日志（rotated_away）',
  },
  {
    alert: 'JourneyLogSinkFailing',
    when: 'the sink has taken nothing for five minutes, five minutes long',
    changes: [
      { name: 'journey_collector_sink_batches_total', at: (now) => Math.min(now, 20) },
      { name: 'journey_collector_sink_retries_total', at: rising(20, 2) },
    ],
    fires: 29,
    labels: { pod: 'log-collector-0' },
    summary: 'log-collector-0: the log sink has taken nothing for minutes',
    summaryZh: 'log-collector-0：日志输出端已数分钟未接收任何内容',
  },
  {
    alert: 'JourneyLogRecordsRejected',
    when: 'records are refused',
    changes: [{ name: 'journey_collector_sink_rejected_total', at: rising(20, 9) }],
    fires: 21,
    labels: { pod: 'log-collector-0' },
    summary: 'log-collector-0: the log sink refused 9 records for good',
    summaryZh: 'log-collector-0：日志输出端永久拒收了 9 条记录',
  },
  {
    alert: 'JourneyLogRecordsRejected',
    when: 'they are refused before the first scrape',
    changes: [
      { name: 'process_start_time_seconds', labels: { pod: 'log-collector-0' }, at: () => 20 * 60 },
      { name: 'journey_collector_sink_rejected_total', at: from(20, undefined, 3) },
    ],
    fires: 20,
    labels: { pod: 'log-collector-0' },
    summary: 'log-collector-0: the log sink refused 3 records for good',
    summaryZh: 'log-collector-0：日志输出端永久拒收了 3 条记录',
  },
  {
    alert: 'JourneyLogCollectorNotReady',
    when: 'it is not, for five minutes',
    changes: [{ name: 'journey_collector_ready', at: from(20, 1, 0) }],
    fires: 25,
    labels: { pod: 'log-collector-0' },
    summary: 'log-collector-0: the log collector is not ready',
    summaryZh: 'log-collector-0：日志采集器未就绪',
  },
  {
    alert: 'JourneyLogCollectorAbsent',
    when: 'none is scraped',
    changes: [{ name: 'journey_build_info', labels: { service: 'log-collector' }, at: () => undefined }],
    fires: 5,
    labels: { service: 'log-collector' },
    summary: 'No log collector is being scraped',
    summaryZh: '没有任何日志采集器的指标被抓取',
  },
  ...['log-collector-0', 'api-1'].map((pod) => ({
    alert: 'JourneyConfigurationRejected',
    when: `${pod} refuses a change`,
    changes: [{ name: 'journey_config_reloads_total', labels: { result: 'rejected', pod }, at: from(20, 0, 1) }],
    fires: 20,
    labels: { pod, result: 'rejected' },
    summary: `${pod}: a changed configuration was refused`,
    summaryZh: `${pod}：更改后的配置被拒绝`,
  })),
  {
    alert: 'JourneyApiAbsent',
    when: 'none is scraped',
    changes: [{ name: 'journey_build_info', labels: { service: 'api' }, at: () => undefined }],
    fires: 5,
    labels: { service: 'api' },
    summary: 'No API Pod is being scraped',
    summaryZh: '没有任何 API Pod 的指标被抓取',
  },
  {
    alert: 'JourneyStoreDown',
    when: 'one API has not reached it for two minutes',
    changes: [{ name: 'journey_store_up', labels: { pod: 'api-0' }, at: from(20, 1, 0) }],
    fires: 22,
    labels: { pod: 'api-0', store: 'sqlite' },
    summary: 'api-0: the store (Redis) does not answer',
    summaryZh: 'api-0：存储（Redis）没有应答',
  },
  {
    alert: 'JourneyStoreCommandsFailing',
    when: 'more than one in ten seconds fails, five minutes long',
    changes: [
      {
        name: 'journey_store_command_duration_seconds_count',
        labels: { command: 'get', outcome: 'timeout', pod: 'api-0' },
        at: (now) => (now < 20 ? undefined : (now - 20) * 12),
      },
    ],
    fires: 28,
    labels: { pod: 'api-0', command: 'get' },
    summary: 'api-0: get fails 0.2 times a second',
    summaryZh: 'api-0：get 每秒失败 0.2 次',
  },
  {
    alert: 'JourneyApiErrors',
    when: 'more than one request in twenty fails, five minutes long',
    changes: [
      {
        name: 'journey_http_request_duration_seconds_count',
        labels: { status: '200', pod: 'api-0' },
        at: (now) => now * 90,
      },
      {
        name: 'journey_http_request_duration_seconds_count',
        labels: { status: '503', pod: 'api-0' },
        at: rising(20, 10),
      },
    ],
    fires: 28,
    labels: { pod: 'api-0' },
    summary: 'api-0: 10% of the requests fail',
    summaryZh: 'api-0：10% 的请求失败',
  },
  {
    alert: 'JourneyCleanupStale',
    when: 'the last one ended more than three hours ago',
    changes: [{ name: 'journey_cleanup_last_run_timestamp_seconds', at: () => 0 }],
    fires: 186,
    labels: {},
    summary: 'The last clean-up ended 3h 6m 0s ago',
    summaryZh: '上一次清理在 3h 6m 0s 前结束',
  },
  {
    alert: 'JourneyCleanupNeverRan',
    when: 'none is on record, three hours long, though the store answers',
    changes: [{ name: 'journey_cleanup_last_run_timestamp_seconds', at: () => undefined }],
    fires: 180,
    labels: {},
    summary: 'No clean-up is on record',
    summaryZh: '没有任何清理运行的记录',
  },
  {
    alert: 'JourneyCleanupFailed',
    when: 'the last one did',
    changes: [
      {
        name: 'journey_cleanup_last_run_outcome',
        labels: { mode: 'report', outcome: 'failed' },
        at: from(20, 0, 1),
      },
    ],
    fires: 20,
    labels: { mode: 'report' },
    summary: 'The last clean-up (report) failed',
    summaryZh: '上一次清理（report）失败',
  },
];

/** What is scraped of two API Pods and one collector, all well: their own pages. */
async function scraped(t: TestContext): Promise<readonly Series[]> {
  const { api, 'log-collector': collector } = await metricsPages(t);
  const pages = { 'api-0': api, 'api-1': api, 'log-collector-0': collector };
  return Object.entries(pages).flatMap(([pod, page]) =>
    parsePrometheusText(page)
      .filter(({ name }) => rules.some(({ expr }) => expr.includes(name)))
      .map(({ name, labels, value }) => ({ name, labels: { ...labels, pod }, at: evolution(name, value) })),
  );
}

/** Prometheus' tests begin at the epoch: times are made to fit, and a clean-up ends every hour. */
function evolution(name: string, value: number): Series['at'] {
  if (name === 'journey_cleanup_last_run_timestamp_seconds') return hourly;
  if (name === 'process_start_time_seconds') return () => -86_400;
  return () => value;
}

function changed(change: Change): (all: readonly Series[]) => readonly Series[] {
  const { name, labels = {}, at } = change;
  const holds = (series: Series, keys = Object.keys(labels)) =>
    series.name === name && keys.every((key) => series.labels[key] === labels[key]);
  return (all) => {
    if (all.some((series) => holds(series))) return all.map((series) => (holds(series) ? { ...series, at } : series));
    const like = all.find((series) => holds(series, Object.hasOwn(labels, 'pod') ? ['pod'] : []));
    assert.ok(like !== undefined, `no program reports ${name}`);
    for (const key of Object.keys(labels)) assert.ok(key in like.labels, `${name} has no label ${key}`);
    return [...all, { name, labels: { ...like.labels, ...labels }, at }];
  };
}

function inputSeries({ name, labels, at }: Series) {
  const inside = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const values = Array.from({ length: Math.floor((minutes * 60) / scrapeSeconds) + 1 }, (_, n) => {
    const value = at(Math.ceil((n * scrapeSeconds) / 60));
    return value === undefined ? '_' : value === Number.POSITIVE_INFINITY ? 'Inf' : String(value);
  });
  return { series: `${name}{${inside}}`, values: values.join(' ') };
}

async function promtool(t: TestContext, files: Readonly<Record<string, unknown>>, args: readonly string[]) {
  const cwd = tempFolder(t);
  // JSON is YAML.
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), JSON.stringify(content));
  await promisify(execFile)('promtool', args, { cwd, timeout: 60_000 });
}

const ruleFile = { groups: alertGroups() };

/** @param expected alerts by minute: those named fire, with these labels and annotations, and no other does. */
function unitTest(series: readonly Series[], expected: ReadonlyMap<number, readonly Case[]>) {
  return {
    interval: `${scrapeSeconds}s`,
    input_series: series.map(inputSeries),
    alert_rule_test: [...expected].flatMap(([minute, firing]) =>
      rules.map(({ alert, labels: { severity }, annotations }) => ({
        eval_time: `${minute}m`,
        alertname: alert,
        exp_alerts: firing
          .filter((each) => each.alert === alert)
          .map(({ labels, summary, summaryZh }) => ({
            exp_labels: { severity, ...labels },
            exp_annotations: { ...annotations, summary, summary_zh: summaryZh },
          })),
      })),
    ),
  };
}

const run = (t: TestContext, test: ReturnType<typeof unitTest>) =>
  promtool(
    t,
    {
      'rules.yml': ruleFile,
      'test.yml': { rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [test] },
    },
    ['test', 'rules', 'test.yml'],
  );

test('as Prometheus evaluates them', async (t) => {
  const found = findProgram('promtool', process.env) !== undefined;
  if (!want(t, found, 'promtool', 'apt-get install --no-install-recommends prometheus')) return;

  await t.test('promtool has nothing to say about the rules', (t) =>
    promtool(t, { 'rules.yml': ruleFile }, ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml']),
  );

  const healthy = await scraped(t);
  await t.test('programs that are well raise no alert in four hours', (t) => {
    const nothing = [0, 1, 5, 10, 30, 60, 120, 185, 240].map((minute) => [minute, []] as const);
    return run(t, unitTest(healthy, new Map(nothing)));
  });

  for (const each of cases) {
    const { alert, when, changes, fires } = each;
    await t.test(`${alert} fires, and nothing else, when ${when}; not a minute earlier`, (t) => {
      const series = changes.map(changed).reduce((all, change) => change(all), healthy);
      const moments = new Map([
        [fires - 1, []],
        [fires, [each]],
      ]);
      return run(t, unitTest(series, moments));
    });
  }
});

test('there is no alert that has not been seen to fire', () => {
  assert.deepEqual(
    [...new Set(cases.map(({ alert }) => alert))].toSorted(),
    rules.map(({ alert }) => alert).toSorted(),
  );
});
