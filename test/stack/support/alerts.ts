import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Manifest } from '../../../src/stack/manifest.ts';
import { parseManifests } from '../../../src/stack/render.ts';
import { startTestApi } from '../../api/support/start-test-api.ts';
import { runProgram } from '../../cleanup-job/run-program.ts';
import { node } from '../../log-collector/support/run-collector.ts';
import { spawnCollector } from '../../log-collector/support/spawn-collector.ts';
import { root } from './manifests.ts';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Group {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

/** The objects in a file of the component. */
export function readAlerts(file: string): readonly Manifest[] {
  return parseManifests(readFileSync(join(root, 'k8s/components/alerts', file), 'utf8'));
}

/** What stands below `groups:` of all PrometheusRules: the content of a rule file. */
export function alertGroups(): readonly Group[] {
  return readAlerts('rules.yaml').flatMap(({ spec }) => (spec as unknown as { groups: readonly Group[] }).groups);
}

export function alertRules(): readonly AlertRule[] {
  return alertGroups().flatMap((group) => group.rules);
}

/** What the programs really say: the API after a request, one that failed, a store command and a clean-up run, and a collector. */
export async function metricsPages(t: TestContext) {
  const api = await startTestApi(t);
  await api.ask('/api/v1/data/none');
  await runProgram([], { JOURNEY_STORE_SQLITE_FILE: join(api.folder, 'journey.sqlite') });
  const collector = spawnCollector(t, node(t));
  return { api: (await api.ask('/metrics')).text, 'log-collector': (await collector.get('/metrics')).body };
}
