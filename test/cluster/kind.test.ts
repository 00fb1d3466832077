import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parse } from 'yaml';
import { KindProvider } from '../../src/cluster/kind.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type FakePrograms, fakePrograms, nodeList, nodePortService } from './support/fake-programs.ts';

let fake: FakePrograms;
let kubeconfig: string;
beforeEach(() => {
  fake = fakePrograms(['kind', 'kubectl', 'docker']);
  kubeconfig = join(fake.home, '.local/state/cloudnative-journey/kind-journey.kubeconfig');
});
afterEach(() => fake.remove());

const none = { when: 'kind get clusters', stderr: 'No kind clusters found.\n' };
const there = { when: 'kind get clusters', stdout: 'journey\nsomebody-elses\n' };
const connect = { when: 'kind export kubeconfig --name journey', stderr: 'Set kubectl context to "kind-journey"\n' };
const containers = { when: 'kind get nodes --name journey', stdout: 'journey-control-plane\njourney-worker\n' };
const lines = () => fake.calls().map((call) => call.line);

test('up makes a cluster with a kubeconfig of its own', async () => {
  fake.replay(none, { when: 'kind create cluster' }, connect);
  const cluster = await new KindProvider(fake.context).up({ nodes: 3 });
  const calls = fake.calls();
  assert.deepEqual(
    calls.map((call) => call.line),
    [
      'kind get clusters',
      `kind create cluster --name journey --config - --wait 180s --kubeconfig ${kubeconfig}`,
      `kind export kubeconfig --name journey --kubeconfig ${kubeconfig}`,
    ],
  );
  assert.deepEqual(parse(calls[1]?.input ?? ''), {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  });
  assert.equal(cluster.kubeconfig, kubeconfig);
});

test('up starts the containers of a cluster that a restart has stopped', async () => {
  fake.replay(there, containers, { when: 'docker start' }, connect);
  await new KindProvider(fake.context).up();
  assert.deepEqual(lines().slice(1, 4), [
    'kind get nodes --name journey',
    'docker start journey-control-plane',
    'docker start journey-worker',
  ]);
});

test('down deletes the cluster of this name and no other', async () => {
  fake.replay(none);
  assert.equal(await new KindProvider(fake.context).down(), false);
  fake.replay(there, { when: 'kind delete cluster' });
  assert.equal(await new KindProvider(fake.context).down(), true);
  assert.equal(lines().at(-1), `kind delete cluster --name journey --kubeconfig ${kubeconfig}`);
});

test('status tells absent, stopped, degraded and running apart', async () => {
  const provider = new KindProvider(fake.context);
  const ready = { when: `kubectl --kubeconfig=${kubeconfig} get --raw /version`, stdout: 'ok' };
  const nodes = (second: boolean) => ({
    when: `kubectl --kubeconfig=${kubeconfig} get nodes`,
    stdout: nodeList(['journey-control-plane', true], ['journey-worker', second]),
  });
  for (const [expected, replays] of [
    ['absent', [none]],
    ['stopped', [there, connect, { ...ready, exitCode: 1, stderr: 'connection refused' }]],
    ['degraded', [there, connect, ready, nodes(false)]],
    ['running', [there, connect, ready, nodes(true)]],
  ] as const) {
    fake.replay(...replays);
    assert.equal((await provider.status()).state, expected);
  }
});

test('images, nodes and services go by their commands', async () => {
  const kubectl = `kubectl --kubeconfig=${kubeconfig}`;
  fake.replay(
    there,
    containers,
    connect,
    { when: 'docker' },
    { when: 'kind load' },
    { when: `${kubectl} wait` },
    { when: `${kubectl} --namespace journey get service api`, stdout: nodePortService },
    { when: `${kubectl} get nodes`, stdout: '172.18.0.2' },
  );
  const cluster = await new KindProvider(fake.context).up();
  fake.calls();
  await cluster.loadImage({ file: '/tmp/api.tar', reference: 'localhost/journey-api:0.2.0' });
  await cluster.stopNode('journey-worker');
  await cluster.startNode('journey-worker');
  const address = await cluster.forward({ namespace: 'journey', service: 'api', port: 80 });
  assert.deepEqual(address, { url: 'http://172.18.0.2:30080' });
  assert.deepEqual(lines().slice(0, 4), [
    'kind load image-archive /tmp/api.tar --name journey',
    'docker kill journey-worker',
    'docker start journey-worker',
    `${kubectl} wait --for=condition=Ready node/journey-worker --timeout=50s`,
  ]);
});

test('a port the service does not have is refused with those it has', async () => {
  const service = { when: `kubectl --kubeconfig=${kubeconfig} --namespace journey`, stdout: nodePortService };
  fake.replay(there, containers, connect, { when: 'docker' }, service);
  const cluster = await new KindProvider(fake.context).up();
  await assert.rejects(cluster.forward({ namespace: 'journey', service: 'api', port: 81 }), (error) => {
    assert.ok(isJourneyError(error, 'cluster-option-invalid'));
    assert.match(error.message, /journey\/api:81.*ports: 80/);
    return true;
  });
});
