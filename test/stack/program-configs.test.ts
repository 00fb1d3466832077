import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import test from 'node:test';
import type { TObject } from 'typebox';
import { apiConfigSchema } from '../../src/api/config.ts';
import { cleanupJobConfigSchema } from '../../src/cleanup-job/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { collectorConfigSchema } from '../../src/log-collector/config.ts';
import { podTemplateOf } from '../../src/stack/render.ts';
import { fileOf, only, readV02 } from './support/manifests.ts';

const manifests = readV02();

/** A program's configuration as its Pod would load it. */
function load<S extends TObject>(schema: S, configMap: string) {
  return parseConfig(schema, {
    fileName: 'config.yaml',
    fileText: fileOf(manifests, configMap, 'config.yaml'),
    env: {},
  });
}

for (const [program, schema, configMap] of [
  ['api', apiConfigSchema, 'api-config'],
  ['log-collector', collectorConfigSchema, 'log-collector-config'],
  ['cleanup-job', cleanupJobConfigSchema, 'cleanup-job-config'],
] as const) {
  test(`the ConfigMap of ${program} passes the program’s own schema`, () => {
    assert.deepEqual(load<TObject>(schema, configMap).warnings, []);
  });
}

interface Spec {
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly {
    readonly name: string;
    readonly hostPath?: { readonly path: string };
    readonly projected?: {
      readonly sources: readonly {
        readonly serviceAccountToken?: { readonly path: string };
        readonly configMap?: { readonly items: readonly [{ readonly path: string }] };
      }[];
    };
  }[];
  readonly containers: readonly {
    readonly env: readonly {
      readonly name: string;
      readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
    }[];
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    readonly resources: { readonly limits: { readonly memory: string } };
  }[];
}

function specOf(kind: string, name: string): Spec & { readonly container: Spec['containers'][number] } {
  const spec = podTemplateOf(only(manifests, kind, name))?.spec as unknown as Spec;
  const [container] = spec.containers;
  assert.ok(container);
  return { ...spec, container };
}

test('the API’s configuration and its Deployment agree: port, stop time, memory, password', () => {
  const { value } = load(apiConfigSchema, 'api-config');
  const { container, ...pod } = specOf('Deployment', 'api');
  assert.equal(container.ports?.find(({ name }) => name === 'http')?.containerPort, value.server.port);
  const stopSeconds = (value.server.drainMs + value.server.stopMs) / 1000;
  assert.ok(stopSeconds + 5 <= pod.terminationGracePeriodSeconds, 'the API must be able to stop before SIGKILL');
  assert.equal(container.resources.limits.memory, '256Mi');
  assert.ok(value.cache.maxBytes <= 64 * 2 ** 20, 'near cache and Node together fit the memory limit');
  assert.equal(value.store.redis.passwordFile, '/run/redis-auth/password');
  assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/run/redis-auth'));
  assert.equal(new URL(value.store.redis.url).hostname, only(manifests, 'Service', 'redis').metadata.name);
  assert.equal(value.readiness.requireStore, false);
});

test('the clean-up’s configuration and its CronJob agree: time budget, user, Service', () => {
  const { value } = load(cleanupJobConfigSchema, 'cleanup-job-config');
  const job = only(manifests, 'CronJob', 'cleanup-job').spec as unknown as {
    jobTemplate: { spec: { activeDeadlineSeconds: number } };
  };
  assert.ok(value.cleanup.timeBudgetSeconds + 60 <= job.jobTemplate.spec.activeDeadlineSeconds);
  assert.equal(value.store.redis.user, 'cleanup');
  assert.notEqual(value.cleanup.mode, 'report', 'the CronJob must clean, not only count');
  assert.equal(new URL(value.store.redis.url).hostname, 'redis');
});

test('the collector’s configuration and its DaemonSet agree: folders, port, stop time', () => {
  const { value } = load(collectorConfigSchema, 'log-collector-config');
  const { container, volumes, terminationGracePeriodSeconds } = specOf('DaemonSet', 'log-collector');
  const mountOf = (path: string) => container.volumeMounts.find(({ mountPath }) => mountPath === path);
  for (const path of [value.logs.root, value.state.directory]) {
    const volume = volumes.find(({ name }) => name === mountOf(path)?.name);
    // The same path inside as outside: what the collector says about a file is true on the node too.
    assert.equal(volume?.hostPath?.path, path);
  }
  assert.equal(container.ports?.find(({ name }) => name === 'http')?.containerPort, value.http.port);
  assert.equal(container.ports?.find(({ name }) => name === 'follow')?.containerPort, value.follow.port);
  assert.ok(value.shutdown.flushMs / 1000 + 5 <= terminationGracePeriodSeconds);
});

test('the collector asks the API server: its rights are enough, no more, and everything on the way is there', () => {
  const { value } = load(collectorConfigSchema, 'log-collector-config');
  assert.equal(value.metadata.source, 'api');
  const rights = (only(manifests, 'ClusterRole', 'journey-log-collector') as { rules?: unknown }).rules;
  // What src/log-collector/metadata/pod-watch.ts does.
  assert.deepEqual(rights, [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }]);
  const { container, volumes } = specOf('DaemonSet', 'log-collector');
  for (const file of [value.metadata.tokenFile, value.metadata.caFile]) {
    const mount = container.volumeMounts.find(({ mountPath }) => mountPath === dirname(file));
    const sources = volumes.find(({ name }) => name === mount?.name)?.projected?.sources ?? [];
    const paths = sources.flatMap((each) => [each.serviceAccountToken?.path, each.configMap?.items[0]?.path]);
    assert.ok(paths.includes(basename(file)), file);
  }
  const variables = container.env.map(({ name, valueFrom }) => [name, valueFrom?.fieldRef.fieldPath]);
  assert.equal(Object.fromEntries(variables)['NODE_NAME'], 'spec.nodeName', 'it watches the Pods of its own node');
});
