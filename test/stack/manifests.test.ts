import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { configHash, stampBuildHashes, stampConfigHashes } from '../../src/stack/hashes.ts';
import type { Manifest } from '../../src/stack/manifest.ts';
import { redisUsers } from '../../src/stack/passwords.ts';
import { imagesOf, parseManifests, podTemplateOf, renderManifests } from '../../src/stack/render.ts';
import {
  buildHashAnnotation,
  configHashAnnotation,
  ownerLabel,
  stackNamespaces,
} from '../../src/stack/stack-layout.ts';
import { offlineKubectl } from '../support/kubectl.ts';
import { quantity, workloadsOf } from './rules/view.ts';
import { fileOf, only, readV02, root } from './support/manifests.ts';

const v01 = () =>
  ['00-namespace.yaml', 'deployment.yaml', 'service.yaml'].flatMap((file) =>
    parseManifests(readFileSync(join(root, 'k8s/v0.1', file), 'utf8')),
  );

for (const path of [
  'v0.1/deployment.yaml',
  'v0.1/service.yaml',
  'v0.2/api/deployment.yaml',
  'v0.2/api/service.yaml',
  'v0.2/api/configmap.yaml',
  'v0.2/redis/statefulset.yaml',
  'v0.2/redis/service.yaml',
  'v0.2/redis/pvc.yaml',
  'v0.2/redis/configmap.yaml',
  'v0.2/log-collector/daemonset.yaml',
  'v0.2/cleanup-job/cronjob.yaml',
]) {
  test(`k8s/${path} is there, is used, and says why`, () => {
    const text = readFileSync(join(root, 'k8s', path), 'utf8');
    assert.match(text, /^# /, 'it begins by saying what it is for');
    const names = parseManifests(text).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const set = path.startsWith('v0.1') ? v01() : readV02();
    for (const name of names) assert.ok(set.some(({ kind, metadata }) => `${kind}/${metadata.name}` === name));
  });
}

for (const folder of globSync('k8s/{v0.1,v0.2,overlays/*,overlays/local/v0.1}', { cwd: root })) {
  test(`kubectl kustomize ${folder} works`, async (t) => {
    const kubectl = offlineKubectl(t);
    if (kubectl === undefined) return;
    const manifests = await renderManifests(kubectl, join(root, folder));
    assert.ok(manifests.length >= 3);
    // Names and namespaces are complete in the files themselves; kustomize adds none.
    for (const { kind, metadata } of manifests) {
      if (kind === 'NetworkPolicy') continue;
      const set = folder.endsWith('v0.1') ? v01() : readV02();
      const same = only(set, kind, metadata.name);
      assert.equal(metadata.namespace, same.metadata.namespace);
    }
  });
}

test('every file of k8s/v0.2 is listed in its kustomization, and every listed file exists', () => {
  const listed = readFileSync(join(root, 'k8s/v0.2/kustomization.yaml'), 'utf8').match(/^ {2}- (\S+\.yaml)$/gm) ?? [];
  const files = globSync('**/*.yaml', { cwd: join(root, 'k8s/v0.2') }).filter((file) => file !== 'kustomization.yaml');
  assert.deepEqual(listed.map((line) => line.slice(4)).sort(), files.sort());
});

test('v0.2 upgrades v0.1 in place: the same names, and selectors, which can never change', () => {
  for (const kind of ['Deployment', 'Service']) {
    const [before, after] = [only(v01(), kind, 'api'), only(readV02(), kind, 'api')];
    assert.equal(before.metadata.namespace, after.metadata.namespace);
    assert.deepEqual(before.spec?.['selector'], after.spec?.['selector']);
  }
  assert.deepEqual(only(v01(), 'Service', 'api').spec?.['ports'], only(readV02(), 'Service', 'api').spec?.['ports']);
});

test('images and labels carry the version of package.json, the Dockerfile too', () => {
  const { version } = packageJson;
  const ours = [...imagesOf(v01()), ...imagesOf(readV02())].filter((image) => image.startsWith('journey-'));
  assert.deepEqual([...new Set(ours.map((image) => image.split(':')[1]))], [version]);
  for (const manifest of [...v01(), ...readV02()]) {
    const label = manifest.metadata.labels?.['app.kubernetes.io/version'];
    if (label !== undefined) assert.equal(label, version, manifest.metadata.name);
  }
  assert.match(readFileSync(join(root, 'Dockerfile'), 'utf8'), new RegExp(`^ARG VERSION=${version}$`, 'm'));
});

test('the whole stack asks a one-node cluster for at most 500m CPU and 640Mi of memory', () => {
  const sum = { cpu: 0, memory: 0 };
  for (const { manifest, containers } of workloadsOf(readV02())) {
    const copies = Number(manifest.kind === 'Deployment' ? manifest.spec?.['replicas'] : 1);
    for (const resource of ['cpu', 'memory'] as const) {
      const requests = (init: boolean) =>
        containers
          .filter((each) => each.init === init)
          .map((each) => quantity(each.resources?.requests?.[resource] ?? 0));
      // Init containers run one after another and before the others.
      const main = requests(false).reduce((a, b) => a + b, 0);
      sum[resource] += copies * Math.max(main, ...requests(true));
    }
  }
  assert.ok(sum.cpu <= 0.5, `${sum.cpu} CPU`);
  assert.ok(sum.memory <= 640 * 2 ** 20, `${sum.memory / 2 ** 20} Mi`);
});

test('Redis’ maxmemory is at most 75 % of its container’s limit', () => {
  const [, megabytes] = /^maxmemory (\d+)mb$/m.exec(fileOf(readV02(), 'redis-config', 'redis.conf')) ?? [];
  const limit = workloadsOf(readV02()).find(({ name }) => name === 'redis')?.spec.containers[0]?.resources?.limits?.[
    'memory'
  ];
  assert.ok(Number(megabytes) * 2 ** 20 <= 0.75 * quantity(limit ?? 0));
});

test('the annotation in statefulset.yaml is the digest of configmap.yaml, so that a new version restarts Redis', () => {
  const template = podTemplateOf(only(readV02(), 'StatefulSet', 'redis'));
  assert.equal(
    template?.metadata?.annotations?.[configHashAnnotation],
    configHash([only(readV02(), 'ConfigMap', 'redis-config')]),
    'set journey.example/config-hash in k8s/v0.2/redis/statefulset.yaml to the value expected here',
  );
});

test('an edited ConfigMap changes the template that mounts it and no other', () => {
  const edited = readV02().map((manifest) =>
    manifest.metadata.name === 'redis-config'
      ? { ...manifest, data: { ...manifest.data, 'redis.conf': 'port 1' } }
      : manifest,
  );
  const hashOf = (manifests: readonly Manifest[], kind: string, name: string) =>
    podTemplateOf(only(manifests, kind, name))?.metadata?.annotations?.[configHashAnnotation];
  const stamped = stampConfigHashes(edited);
  assert.notEqual(hashOf(stamped, 'StatefulSet', 'redis'), hashOf(readV02(), 'StatefulSet', 'redis'));
  assert.equal(hashOf(stamped, 'Deployment', 'api'), undefined);
  assert.deepEqual(stampConfigHashes(readV02()), readV02());
});

test('a rebuilt image changes the templates that use it and no other', () => {
  const stamped = stampBuildHashes(readV02(), new Map([['journey-api:0.2.0', 'abc']]));
  const hashes = stamped.map((manifest) => podTemplateOf(manifest)?.metadata?.annotations?.[buildHashAnnotation]);
  assert.deepEqual(
    hashes.filter((hash) => hash !== undefined),
    ['abc'],
  );
});

test('programs and manifests call things by the same names', () => {
  const namespaces = readV02().filter(({ kind }) => kind === 'Namespace');
  assert.deepEqual(namespaces.map(({ metadata }) => metadata.name).sort(), [...stackNamespaces].sort());
  for (const { metadata } of namespaces) assert.equal(metadata.labels?.[ownerLabel.name], ownerLabel.value);
  const users = [...fileOf(readV02(), 'redis-config', 'users.acl').matchAll(/^user (\S+) on /gm)].map(
    ([, user]) => user,
  );
  assert.deepEqual(users.sort(), [...redisUsers].sort());
  const kustomization = readFileSync(join(root, 'k8s/v0.2/kustomization.yaml'), 'utf8');
  for (const user of redisUsers) assert.match(kustomization, new RegExp(`--from-literal=${user}=`));
});

test('the CronJob has every field that decides what happens when something goes wrong', () => {
  const { spec } = only(readV02(), 'CronJob', 'cleanup-job') as unknown as {
    spec: { jobTemplate: { spec: Record<string, unknown> } } & Record<string, unknown>;
  };
  const { jobTemplate, ...cron } = spec;
  assert.deepEqual(cron, {
    schedule: '7 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 600,
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
  const { template, ...job } = jobTemplate.spec;
  assert.deepEqual(job, {
    activeDeadlineSeconds: 900,
    backoffLimit: 2,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: {
      rules: [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        { action: 'FailJob', onExitCodes: { containerName: 'cleanup-job', operator: 'In', values: [77, 78] } },
      ],
    },
  });
  assert.equal((template as { spec: { restartPolicy: string } }).spec.restartPolicy, 'Never');
});

for (const overlay of ['local', 'minikube', 'kind']) {
  test(`in the overlay ${overlay} every Pod of both namespaces is closed in both directions unless opened`, async (t) => {
    const kubectl = offlineKubectl(t);
    if (kubectl === undefined) return;
    const manifests = await renderManifests(kubectl, join(root, 'k8s/overlays', overlay));
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    for (const namespace of stackNamespaces) {
      const closed = policies.find(({ metadata }) => metadata.namespace === namespace && metadata.name === 'deny-all');
      assert.deepEqual(closed?.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    }
    // Each of the others is about Pods that exist.
    for (const { metadata, spec } of policies) {
      const { podSelector } = spec as {
        podSelector: { matchLabels?: Record<string, string>; matchExpressions?: { values: string[] }[] };
      };
      const names = [
        ...Object.values(podSelector.matchLabels ?? {}),
        ...(podSelector.matchExpressions?.[0]?.values ?? []),
      ];
      const workloads = workloadsOf(manifests).filter(
        ({ manifest }) => manifest.metadata.namespace === metadata.namespace,
      );
      for (const name of names)
        assert.ok(
          workloads.some((each) => each.name === name),
          `${metadata.name}: ${name}`,
        );
    }
  });
}
