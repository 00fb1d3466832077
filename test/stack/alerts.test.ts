import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'node:test';
import { podTemplateOf, renderManifests } from '../../src/stack/render.ts';
import { parsePrometheusText } from '../../src/verify/facts/prometheus-text.ts';
import { offlineKubectl } from '../support/kubectl.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { alertRules, metricsPages, readAlerts } from './support/alerts.ts';
import { only, readV02, root } from './support/manifests.ts';

interface MonitorSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podMetricsEndpoints: readonly [{ readonly port: string; readonly path: string }];
}

interface Port {
  readonly name?: string;
  readonly containerPort: number;
}

const rules = alertRules();

/** Metrics that an expression names, with the labels it asks for, and those it groups by. */
function namedIn(expr: string) {
  const metrics = [...expr.matchAll(/\b((?:journey|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', inside]) => ({
      name,
      labels: [...(inside ?? '').matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(([, label = '', how, value = '']) => ({
        label,
        how,
        value,
      })),
    }),
  );
  return { metrics, grouped: [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)) };
}

test('every metric, label and value in an expression is one that a program reports', async (t) => {
  const pages = await metricsPages(t);
  // What each page says of itself; in the tests another name would be easy to miss.
  for (const [service, page] of Object.entries(pages))
    assert.match(page, new RegExp(`journey_build_info\\{service="${service}"`));
  const samples = Object.values(pages).flatMap((page) => [...parsePrometheusText(page)]);
  for (const { alert, expr, annotations } of rules) {
    const { metrics, grouped } = namedIn(expr);
    assert.ok(metrics.length > 0, `${alert} is about nothing of ours: ${expr}`);
    const known = new Set(['pod']);
    for (const { name, labels } of metrics) {
      const same = samples.filter((sample) => sample.name === name);
      assert.ok(same.length > 0, `${alert}: no program reports ${name}`);
      for (const sample of same) for (const label of Object.keys(sample.labels)) known.add(label);
      for (const { label, how, value } of labels) {
        assert.ok(
          same.some((sample) => label in sample.labels),
          `${alert}: ${name} has no label ${label}`,
        );
        if (how !== '=') continue;
        assert.ok(
          same.some((sample) => sample.labels[label] === value),
          `${alert}: ${name} is never {${label}="${value}"}`,
        );
      }
    }
    const used = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    for (const label of [...grouped, ...used]) assert.ok(known.has(label), `${alert}: no label ${label}`);
  }
});

test('each alert has a name of its own, a severity, and says in both languages what happened and what to do', () => {
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations, for: duration } of rules) {
    assert.match(alert, /^Journey[A-Z]\w+$/);
    assert.match(labels['severity'] ?? '', /^(critical|warning)$/, alert);
    if (duration !== undefined) assert.match(duration, /^\d+[mh]$/, alert);
    for (const key of ['summary', 'description']) {
      assert.match(annotations[key] ?? '', /^[^\u4e00-\u9fff]{10,}$/, `${alert}: ${key}`);
      assert.match(annotations[`${key}_zh`] ?? '', /[\u4e00-\u9fff]/, `${alert}: ${key}_zh`);
    }
  }
});

test('time to loss, lost bytes, a failing sink, a collector that is not ready or not there, the API, the store and the clean-up are all watched', () => {
  const watched = rules.flatMap(({ expr }) => namedIn(expr).metrics.map(({ name }) => name));
  for (const name of [
    'journey_collector_seconds_to_loss',
    'journey_collector_lost_bytes_total',
    'journey_collector_sink_retries_total',
    'journey_collector_ready',
    'journey_store_up',
    'journey_http_request_duration_seconds_count',
    'journey_cleanup_last_run_timestamp_seconds',
  ]) {
    assert.ok(watched.includes(name), name);
  }
  const absent = rules.flatMap(
    ({ expr }) => /^absent\(journey_build_info\{service="([\w-]+)"\}\)$/.exec(expr)?.[1] ?? [],
  );
  assert.deepEqual(absent.toSorted(), ['api', 'log-collector']);
});

test('each PodMonitor finds the Pods it is about, by labels and port', () => {
  for (const { metadata, spec } of readAlerts('pod-monitors.yaml')) {
    const { selector, podMetricsEndpoints } = spec as unknown as MonitorSpec;
    const workload = only(readV02(), metadata.name === 'api' ? 'Deployment' : 'DaemonSet', metadata.name);
    assert.equal(workload.metadata.namespace, metadata.namespace);
    const template = podTemplateOf(workload);
    for (const [key, value] of Object.entries(selector.matchLabels))
      assert.equal(template?.metadata?.labels?.[key], value, key);
    const [{ port, path }] = podMetricsEndpoints;
    const containers = (template?.spec?.containers ?? []) as readonly { readonly ports?: readonly Port[] }[];
    const ports = containers.flatMap((container) => container.ports ?? []);
    const named = ports.find(({ name }) => name === port);
    const { annotations } = template?.metadata ?? {};
    assert.equal(String(named?.containerPort), annotations?.['prometheus.io/port']);
    assert.equal(path, annotations?.['prometheus.io/path']);
  }
});

test('kubectl kustomize takes it beside k8s/v0.2', async (t) => {
  const kubectl = offlineKubectl(t);
  if (kubectl === undefined) return;
  const overlay = tempFolder(t);
  const from = (path: string) => relative(overlay, join(root, path));
  writeFileSync(
    join(overlay, 'kustomization.yaml'),
    `resources: [${from('k8s/v0.2')}]\ncomponents: [${from('k8s/components/alerts')}]\n`,
  );
  const kinds = (await renderManifests(kubectl, overlay)).map(({ kind }) => kind);
  assert.deepEqual(kinds.filter((kind) => kind === 'PrometheusRule' || kind === 'PodMonitor').toSorted(), [
    'PodMonitor',
    'PodMonitor',
    'PrometheusRule',
    'PrometheusRule',
  ]);
});
