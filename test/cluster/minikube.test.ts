import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MinikubeProvider } from '../../src/cluster/minikube.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type FakePrograms, fakePrograms, nodeList, nodePortService } from './support/fake-programs.ts';

let fake: FakePrograms;
beforeEach(() => {
  fake = fakePrograms(['minikube', 'kubectl']);
});
afterEach(() => fake.remove());

const status = 'minikube status --profile journey --output json';
const machine = (host: string, api: string) =>
  JSON.stringify({
    Name: 'journey',
    Host: host,
    Kubelet: host,
    APIServer: api,
    Kubeconfig: 'Configured',
    Worker: false,
  });
const running = { when: status, stdout: machine('Running', 'Running') };
const stopped = { when: status, stdout: machine('Stopped', 'Stopped'), exitCode: 7 };
const absent = {
  when: status,
  stdout: '* Profile "journey" not found. Run "minikube profile list" to view all profiles.\n',
  exitCode: 85,
};
const lines = () => fake.calls().map((call) => call.line);

test('up makes a profile of its own with an enforcing network, and keeps the current context', async () => {
  fake.replay(absent, { when: 'minikube start', stdout: '* Done!\n' });
  const cluster = await new MinikubeProvider(fake.context).up({ nodes: 3 });
  assert.deepEqual(lines(), [
    status,
    'minikube start --profile journey --keep-context --nodes 3 --cni calico --cpus 2 --memory 2g',
  ]);
  assert.deepEqual(cluster.kubectl, { file: 'kubectl', args: ['--context', 'journey'] });
});

test('up wakes a stopped profile with the settings it has', async () => {
  fake.replay(stopped, { when: 'minikube start' });
  await new MinikubeProvider(fake.context).up({ nodes: 3 });
  assert.deepEqual(lines(), [status, 'minikube start --profile journey --keep-context']);
});

test('up on a running profile changes nothing', async () => {
  fake.replay(running);
  await new MinikubeProvider(fake.context).up();
  assert.deepEqual(lines(), [status]);
});

test('the status of several nodes comes as a list', async () => {
  const list = `[${machine('Running', 'Running')},${machine('Running', 'Irrelevant')}]`;
  const nodes = nodeList(['journey', true], ['journey-m02', false]);
  fake.replay({ when: status, stdout: list }, { when: 'kubectl --context journey get nodes', stdout: nodes });
  const found = await new MinikubeProvider(fake.context).status();
  assert.equal(found.state, 'degraded');
  assert.deepEqual(found.faults, ['journey-m02']);
});

test('down deletes only a profile that was made here', async () => {
  const provider = new MinikubeProvider(fake.context);
  fake.replay(running);
  await provider.up();
  assert.equal(await provider.down(), false);
  assert.ok(!lines().some((line) => line.includes('delete')));

  fake.replay(absent, { when: 'minikube start' });
  await provider.up();
  fake.replay(running, { when: 'minikube delete' });
  assert.equal(await provider.down(), true);
  assert.equal(lines().at(-1), 'minikube delete --profile journey');
});

test('an image counts as loaded only when the nodes list it', async () => {
  fake.replay(running);
  const cluster = await new MinikubeProvider(fake.context).up();
  const image = { file: '/tmp/api.tar', reference: 'localhost/journey-api:0.2.0' };
  const load = { when: 'minikube image load /tmp/api.tar --profile journey' };
  fake.replay(load, { when: 'minikube image ls', stdout: 'localhost/journey-api:0.2.0\nregistry.k8s.io/pause:3.10\n' });
  await cluster.loadImage(image);
  fake.replay(load, { when: 'minikube image ls', stdout: 'registry.k8s.io/pause:3.10\n' });
  await assert.rejects(cluster.loadImage(image), (error) => isJourneyError(error, 'command-failed'));
});

test('nodes are stopped and started by name', async () => {
  fake.replay(running, { when: 'minikube node' });
  const cluster = await new MinikubeProvider(fake.context).up();
  fake.calls();
  await cluster.stopNode('journey-m02');
  await cluster.startNode('journey-m02');
  assert.deepEqual(lines(), [
    'minikube node stop journey-m02 --profile journey',
    'minikube node start journey-m02 --profile journey',
  ]);
});

const service = { namespace: 'journey', service: 'api', port: 80 };

test('on Linux a service is reached by the address of a node', async () => {
  fake.replay(
    running,
    { when: 'kubectl --context journey --namespace journey get service api', stdout: nodePortService },
    { when: 'kubectl --context journey get nodes', stdout: '192.168.49.2' },
  );
  const cluster = await new MinikubeProvider(fake.context).up();
  assert.deepEqual(await cluster.forward(service), { url: 'http://192.168.49.2:30080' });
});

test('elsewhere by a command that the user keeps running', async () => {
  const mac = fakePrograms(['minikube', 'kubectl'], 'darwin');
  try {
    mac.replay(running);
    const cluster = await new MinikubeProvider(mac.context).up();
    assert.deepEqual(await cluster.forward(service), {
      url: 'http://127.0.0.1:18080',
      command: 'kubectl --context journey --namespace journey port-forward service/api 18080:80',
    });
  } finally {
    mac.remove();
  }
});

test('what is not installed is named with where to get it', async () => {
  const bare = fakePrograms([]);
  try {
    const provider = new MinikubeProvider(bare.context);
    assert.equal((await provider.status()).state, 'absent');
    await assert.rejects(provider.up(), (error) => {
      assert.ok(isJourneyError(error, 'cluster-preflight'));
      assert.match(error.message, /the program minikube\n +https:.*\n.*the program kubectl\n +https:/);
      return true;
    });
  } finally {
    bare.remove();
  }
});

test("minikube's own words are in the error when it fails", async () => {
  const stderr =
    'X Exiting due to RSRC_INSUFFICIENT_CORES: Requested cpu count 2 is greater than the available cpus of 1\n';
  fake.replay(absent, { when: 'minikube start', stderr, exitCode: 29 });
  await assert.rejects(new MinikubeProvider(fake.context).up(), (error) => {
    assert.ok(isJourneyError(error, 'command-failed'));
    assert.match(error.message, /RSRC_INSUFFICIENT_CORES/);
    return true;
  });
  assert.ok(fake.reported.some((line) => line.includes('RSRC_INSUFFICIENT_CORES')));
});
