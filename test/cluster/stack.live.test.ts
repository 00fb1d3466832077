import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceAddress } from '../../src/cluster/cluster-provider.ts';
import type { Kubectl } from '../../src/cluster/kubectl.ts';
import type { List, Metadata, Pod } from '../../src/cluster/objects.ts';
import { isReady } from '../../src/cluster/objects.ts';
import { runCommand, tryCommand } from '../../src/cluster/run-command.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { applyManifests } from '../../src/stack/apply.ts';
import type { Manifest } from '../../src/stack/manifest.ts';
import { ensurePasswords } from '../../src/stack/passwords.ts';
import { renderManifests } from '../../src/stack/render.ts';
import { overlayFolder, ownerLabel, stackNamespaces } from '../../src/stack/stack-layout.ts';
import { listWorkloads, stackProgress } from '../../src/stack/stack-progress.ts';
import { type StackStatus, stackStatus } from '../../src/stack/stack-status.ts';
import { takeDown } from '../../src/stack/take-down.ts';
import { waitForStack } from '../../src/stack/wait-for-stack.ts';
import { root } from '../stack/support/manifests.ts';
import { freePort } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { want } from '../support/want.ts';
import { admissions, pod } from './support/admissions.ts';
import { coldStartMs } from './support/local-test-cluster.ts';
import { build } from './support/own-cluster.ts';
import { type TestCluster, testCluster } from './support/test-cluster.ts';

// The life of one stack, in order, on a cluster without one.
const minutes = (count: number) => ({ timeout: count * 60_000 });
const slow = { timeoutMs: 120_000, everyMs: 500 };
let there: TestCluster | undefined;
let kubectl: Kubectl;
let url: string;
let forwarding: ChildProcess | undefined;

after(() => void forwarding?.kill());

/** The cluster with the stack of the tests before; a test that needs it and has it not is skipped with the reason. */
function ready(t: TestContext): boolean {
  return want(t, there !== undefined, 'the cluster of the first test of this file', 'see what that one says');
}

/** The command line, as a person runs it. @returns what it printed; a wrong exit code is an error. */
async function journey(command: string, more: readonly string[] = [], exitCode = 0): Promise<string> {
  assert.ok(there);
  const args = [join(root, 'bin/journey.mjs'), command, ...there.options, '--lang', 'en', ...more];
  const options = {
    env: there.env,
    deadlineMs: 300_000,
    onLine: (line: string) => void process.stdout.write(`${line}\n`),
  };
  const done = await tryCommand(process.execPath, args, options);
  assert.equal(done.exitCode, exitCode, done.stderr);
  return done.stdout;
}

/** `journey up`; sets {@link url}. @param overlay kustomize folder instead of the usual one. */
async function up(overlay = there?.overlays.v02): Promise<void> {
  const present = there?.ours === false ? ['--images', 'present'] : [];
  const answer = await journey('up', ['--json', ...present, ...(overlay === undefined ? [] : ['--overlay', overlay])]);
  const address = JSON.parse(answer) as ServiceAddress;
  url = address.url;
  if (address.command === undefined) return;
  // As `up` says it, but on a port that is surely nobody else's; it stays with one Pod, so each `up` needs a new one.
  forwarding?.kill();
  const port = await freePort();
  const [file = '', ...args] = address.command.replace(/ \d+:/, ` ${port}:`).split(' ');
  forwarding = spawn(file, args, { stdio: 'ignore', env: there?.env ?? {} });
  url = `http://127.0.0.1:${port}`;
  await until('the forwarded port', async () => (await api('/livez')).ok, slow);
}
const podsOf = async (namespace: string, name: string): Promise<readonly Pod[]> => {
  const selector = ['--selector', `app.kubernetes.io/name=${name}`];
  const all = (await kubectl.json<List<Pod>>(['--namespace', namespace, 'get', 'pods', ...selector]))?.items ?? [];
  // Those of the version before go on for a few seconds after an update is over.
  return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
};
const restartsOf = (pods: readonly Pod[]) =>
  pods.flatMap(({ status }) => status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
const api = (path: string, init?: RequestInit) =>
  fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(5_000) });
const put = (key: string, value: unknown) =>
  api('/api/v1/data', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key, value }),
  });
const refused = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
};

test('v0.1 comes up: two API Pods behind a Service, by the same command', { timeout: coldStartMs }, async (t) => {
  there = await testCluster(t);
  if (there === undefined) return;
  kubectl = there.kubectl;
  await up(there.overlays.v01);
  const hello = await until('the API to answer', async () => (await api('/api/v1/hello?name=K8s')).text(), slow);
  assert.match(hello, /K8s/);
  const pods = await podsOf('journey', 'api');
  assert.equal(new Set(pods.map(({ spec }) => spec.nodeName)).size, 2, 'on two nodes');
});

test('v0.2 upgrades it in place, and no request fails meanwhile', minutes(10), async (t) => {
  if (!ready(t)) return;
  const before = (await kubectl.json<Manifest>(['--namespace', 'journey', 'get', 'deployment', 'api']))?.metadata.uid;
  const traffic = new AbortController();
  const failures: string[] = [];
  let answered = 0;
  const client = async () => {
    while (!traffic.signal.aborted) {
      try {
        const { status } = await api('/api/v1/hello');
        if (status === 200) answered++;
        else failures.push(`HTTP ${status}`);
      } catch (error) {
        failures.push(String(error instanceof Error ? (error.cause ?? error) : error));
      }
      await sleep(20);
    }
  };
  const clients = [client(), client(), client()];
  try {
    await up();
  } finally {
    traffic.abort();
    await Promise.all(clients);
  }
  t.diagnostic(`${answered} requests answered during the upgrade`);
  // A forward by kubectl ends with the Pod it leads to: on somebody else's cluster there is no way in to judge by.
  if (forwarding === undefined) assert.deepEqual(failures, []);
  assert.ok(answered > 50);
  const after = await kubectl.json<Manifest>(['--namespace', 'journey', 'get', 'deployment', 'api']);
  assert.equal(after?.metadata.uid, before, 'the same Deployment');
  // What v0.1 had and v0.2 has not is gone: the field belongs to whoever applied it, and that was us.
  assert.doesNotMatch(JSON.stringify(after?.spec), /JOURNEY_STORE_SQLITE_FILE|emptyDir/);
});

test('every Pod is Running and Ready, none has restarted, one collector on each node', minutes(2), async (t) => {
  if (!ready(t)) return;
  for (const [namespace, name, count] of [
    ['journey', 'api', 2],
    ['journey', 'redis', 1],
    ['journey-node', 'log-collector', 3],
  ] as const) {
    const pods = await podsOf(namespace, name);
    assert.equal(pods.length, count, name);
    for (const pod of pods) {
      assert.equal(pod.status.phase, 'Running');
      assert.ok(isReady(pod));
    }
    assert.equal(restartsOf(pods), 0, name);
  }
  const nodes = (await podsOf('journey-node', 'log-collector')).map(({ spec }) => spec.nodeName);
  assert.equal(new Set(nodes).size, 3);
  const status = JSON.parse(await journey('status', ['--json'])) as StackStatus & { readonly url: string };
  assert.equal(status.url.startsWith('http://'), true);
  assert.match(await journey('status'), /✔ redis +StatefulSet +1 of 1 ready/);
  assert.deepEqual(
    status?.claims.map(({ name, phase }) => [name, phase]),
    [['data-redis-0', 'Bound']],
  );
  assert.ok(status.workloads.every(({ done }) => done));
});

test(
  'an entry written through the Service is read by every Pod, and survives the loss of redis-0',
  minutes(4),
  async (t) => {
    if (!ready(t)) return;
    assert.equal((await put('stack-test', { n: 1 })).status, 201);
    for (const { metadata } of await podsOf('journey', 'api')) {
      const path = `/api/v1/namespaces/journey/pods/${metadata.name}:8080/proxy/api/v1/data/stack-test`;
      assert.match(await kubectl.run(['get', '--raw', path]), /"n":1/);
    }
    await kubectl.run(['--namespace', 'journey', 'delete', 'pod', 'redis-0', '--grace-period=0', '--force']);
    // Without Redis the API stays up, its Pods stay Ready, and what the near cache holds is still served.
    assert.equal((await api('/livez')).status, 200);
    await until(
      'Redis to be back and the write to be there',
      async () => {
        const answer = await put('stack-test-2', 2);
        return answer.ok && /"n":1/.test(await (await api('/api/v1/data/stack-test')).text());
      },
      slow,
    );
    assert.equal(restartsOf(await podsOf('journey', 'api')), 0);
  },
);

test('up again changes nothing: same Pods, same passwords', minutes(5), async (t) => {
  if (!ready(t)) return;
  const uids = async () =>
    (await Promise.all([podsOf('journey', 'api'), podsOf('journey', 'redis'), podsOf('journey-node', 'log-collector')]))
      .flat()
      .map(({ metadata }) => metadata.uid)
      .sort();
  const secret = () => kubectl.json<Manifest>(['--namespace', 'journey', 'get', 'secret', 'redis-auth']);
  const [pods, passwords] = [await uids(), await secret()];
  await up();
  assert.deepEqual(await uids(), pods);
  assert.deepEqual((await secret())?.data, passwords?.data);
  assert.deepEqual(await ensurePasswords(kubectl), []);
});

test('one password missing is made, the others stay', minutes(2), async (t) => {
  if (!ready(t)) return;
  const secret = () => kubectl.json<Manifest>(['--namespace', 'journey', 'get', 'secret', 'redis-auth']);
  const before = (await secret())?.data ?? {};
  const patch = '[{"op":"remove","path":"/data/admin"}]';
  await kubectl.run(['--namespace', 'journey', 'patch', 'secret', 'redis-auth', '--type', 'json', '--patch', patch]);
  assert.deepEqual(await ensurePasswords(kubectl), ['admin']);
  const { admin, ...others } = (await secret())?.data ?? {};
  const { admin: old, ...same } = before;
  assert.deepEqual(others, same);
  assert.notEqual(admin, old);
  assert.match(Buffer.from(admin ?? '', 'base64').toString(), /^[0-9a-f]{48}$/);
});

test('the clean-up runs from its CronJob, and its log is one JSON line an event', minutes(4), async (t) => {
  if (!ready(t)) return;
  const job = `now-${Date.now()}`;
  await kubectl.run(['--namespace', 'journey', 'create', 'job', `--from=cronjob/cleanup-job`, job]);
  await kubectl.run(['--namespace', 'journey', 'wait', '--for=condition=complete', `job/${job}`, '--timeout=120s'], {
    deadlineMs: 130_000,
  });
  const log = (await kubectl.run(['--namespace', 'journey', 'logs', `job/${job}`])).trim().split('\n');
  const last = JSON.parse(log.at(-1) ?? '') as { msg: string; run: { outcome: string; mode: string } };
  assert.deepEqual([last.msg, last.run.outcome, last.run.mode], ['clean-up finished', 'done', 'expire']);
  const { runs = [] } = (await (await api('/api/v1/cleanup/runs')).json()) as { runs?: readonly unknown[] };
  assert.ok(runs.length > 0, 'the API shows the run');
});

test('a line that a Pod prints comes out of the collector of its node', minutes(3), async (t) => {
  if (!ready(t)) return;
  const [pod] = await podsOf('journey', 'api');
  const collector = (await podsOf('journey-node', 'log-collector')).find(
    ({ spec }) => spec.nodeName === pod?.spec.nodeName,
  );
  assert.ok(pod && collector);
  const path = `/api/v1/namespaces/journey/pods/${pod.metadata.name}:8080/proxy/api/v1/info`;
  const logs = ['--namespace', 'journey-node', 'logs', collector.metadata.name, '--since=1m'];
  const started = new Date().toISOString();
  // Asked anew each time: `kubectl logs` does not see what the kubelet has just rotated away.
  await until(
    'a record of the line that a request leaves',
    async () => {
      await kubectl.run(['get', '--raw', path]);
      const records = (await kubectl.run(logs)).split('\n').filter((line) => line.includes(pod.metadata.name));
      return records
        .map((line) => JSON.parse(line) as { time: string; log?: string })
        .some(({ time, log }) => time > started && log?.includes('"route":"/api/v1/info"'));
    },
    slow,
  );
  const metrics = await kubectl.run([
    'get',
    '--raw',
    `/api/v1/namespaces/journey-node/pods/${collector.metadata.name}:9100/proxy/metrics`,
  ]);
  assert.match(metrics, /^journey_/m);
});

test('the collector goes on where it stopped: its checkpoint outlives its Pod', minutes(4), async (t) => {
  if (!ready(t)) return;
  const [collector] = await podsOf('journey-node', 'log-collector');
  assert.ok(collector);
  const list = 'console.log(JSON.stringify(fs.readdirSync("/var/lib/journey/log-collector")))';
  const state = (pod: string) =>
    kubectl.run(['--namespace', 'journey-node', 'exec', pod, '--container', 'log-collector', '--', 'node', '-e', list]);
  await until('a checkpoint', async () => /checkpoint/.test(await state(collector.metadata.name)), slow);
  await kubectl.run(['--namespace', 'journey-node', 'delete', 'pod', collector.metadata.name]);
  const next = await until(
    'its successor on the same node',
    async () => {
      const pods = await podsOf('journey-node', 'log-collector');
      return pods.find(
        ({ metadata, spec, status }) =>
          metadata.name !== collector.metadata.name &&
          spec.nodeName === collector.spec.nodeName &&
          status.containerStatuses?.[0]?.ready,
      );
    },
    slow,
  );
  assert.match(await state(next.metadata.name), /checkpoint/);
});

test(
  'Pods that would open the node, or where Redis lives anything but restricted, are refused',
  minutes(4),
  async (t) => {
    if (!ready(t)) return;
    const attempts = admissions.map(async ([what, namespace, spec, expected]) => {
      const create = ['create', '--dry-run=server', '--filename', '-'];
      const message = await refused(kubectl.run(create, { input: pod(namespace, spec) }));
      if (expected === undefined) assert.equal(message, '', `${namespace} takes ${what}`);
      else assert.match(message, expected, `${namespace} refuses ${what}`);
    });
    await Promise.all(attempts);
  },
);

test('the policy of journey-node has no expression that the API server doubts', minutes(1), async (t) => {
  if (!ready(t)) return;
  const policy = await kubectl.json<{ status?: { typeChecking?: object } }>([
    'get',
    'validatingadmissionpolicy',
    'journey-node-pods',
  ]);
  assert.deepEqual(policy?.status?.typeChecking ?? {}, {});
});

test('a StatefulSet that was broken is repaired by applying the right one', minutes(6), async (t) => {
  if (!ready(t)) return;
  const broken = ['--namespace', 'journey', 'set', 'image', 'statefulset/redis', 'redis=localhost/no-such-image:1'];
  await kubectl.run(broken);
  const workloads = [{ kind: 'StatefulSet', namespace: 'journey', name: 'redis' }];
  await until(
    'the reason to be known',
    async () => (await stackProgress(kubectl, workloads)).some(({ reasons }) => /ErrImage/.test(reasons.join())),
    slow,
  );
  const wait = { kubectl, workloads, signal: build.signal, language: 'en', report: () => undefined } as const;
  await assert.rejects(waitForStack({ ...wait, deadlineMs: 1 }), (error) => {
    return isJourneyError(error, 'stack-not-ready') && /ErrImage/.test(error.message);
  });
  // No deleting by hand, no --force: what `up` applies is enough (podManagementPolicy: Parallel).
  await up();
  assert.equal((await put('stack-test-3', 3)).status, 201);
});

test(
  'a changed ConfigMap rolls Redis, which reads it once, and reaches the API without a restart',
  minutes(8),
  async (t) => {
    if (!ready(t)) return;
    const apiPods = (await podsOf('journey', 'api')).map(({ metadata }) => metadata.uid).sort();
    const [redis] = await podsOf('journey', 'redis');
    const map = await kubectl.json<Manifest>(['--namespace', 'journey', 'get', 'configmap', 'api-config']);
    const text = map?.data?.['config.yaml']?.replace('nearTtlSeconds: 5', 'nearTtlSeconds: 7') ?? '';
    const patch = JSON.stringify({ data: { 'config.yaml': text } });
    await kubectl.run([
      '--namespace',
      'journey',
      'patch',
      'configmap',
      'api-config',
      '--type',
      'merge',
      '--patch',
      patch,
    ]);
    await until(
      'the API to run with the new value',
      async () => {
        return /"?nearTtlSeconds"?[^}]*7/.test(await (await api('/api/v1/config')).text());
      },
      { timeoutMs: 150_000, everyMs: 1_000 },
    );
    assert.deepEqual((await podsOf('journey', 'api')).map(({ metadata }) => metadata.uid).sort(), apiPods);
    await up();
    const [same] = await podsOf('journey', 'redis');
    assert.equal(same?.metadata.uid, redis?.metadata.uid, 'nothing of Redis has changed');
  },
);

test('the API server finds nothing to object to in any overlay', minutes(2), async (t) => {
  if (!ready(t)) return;
  for (const overlay of ['k8s/v0.2', 'k8s/overlays/minikube', 'k8s/overlays/kind', 'k8s/v0.1']) {
    const manifests = await renderManifests(kubectl, join(root, overlay));
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const args = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
    await kubectl.run([...args, '--filename', '-'], { input });
  }
});

test('a namespace that is not ours is left alone', minutes(1), async (t) => {
  if (!ready(t)) return;
  await kubectl.run(['create', 'namespace', 'somebody']);
  const theirs = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'somebody' } };
  await assert.rejects(applyManifests(kubectl, [theirs]), (error) => isJourneyError(error, 'stack-foreign-namespace'));
  const { metadata } = (await kubectl.json<{ metadata: Metadata }>(['get', 'namespace', 'somebody'])) ?? {};
  assert.equal(metadata?.labels?.[ownerLabel.name], undefined);
});

test('down leaves nothing behind, and what is not ours stays', minutes(6), async (t) => {
  if (!ready(t)) return;
  await journey('down', ['--keep-cluster']);
  const namespaces = (await kubectl.json<List<Manifest>>(['get', 'namespaces']))?.items.map(
    ({ metadata }) => metadata.name,
  );
  for (const name of stackNamespaces) assert.ok(!namespaces?.includes(name), name);
  assert.ok(namespaces?.includes('somebody'));
  await kubectl.run(['delete', 'namespace', 'somebody']);
  const kinds = 'persistentvolumes,priorityclasses,validatingadmissionpolicies,validatingadmissionpolicybindings';
  await until(
    'the volume to be gone',
    async () => {
      const left = (await kubectl.json<List<Manifest>>(['get', kinds]))?.items ?? [];
      return left.every(({ metadata }) => !/journey|^pvc-/.test(metadata.name));
    },
    slow,
  );
  assert.equal(await stackStatus(kubectl), undefined);
  await journey('status', [], 3);
  assert.equal(await takeDown({ kubectl, language: 'en', report: () => undefined }), false);
});

test('up, status and down on a cluster that somebody else has made', minutes(6), async (t) => {
  if (!ready(t)) return;
  // One that was named on purpose is that already, from the first test on.
  const ours = there;
  if (ours?.ours !== true) return;
  const { file, args } = kubectl.command;
  const kubeconfig = args.find((arg) => arg.startsWith('--kubeconfig='))?.slice('--kubeconfig='.length);
  if (kubeconfig === undefined)
    return t.skip('needs a cluster with a kubeconfig of its own, as local and kind have it');
  const env = {
    ...ours.env,
    KUBECONFIG: kubeconfig,
    HOME: tempFolder(t),
    PATH: `${dirname(file)}:${process.env['PATH']}`,
  };
  const names = async () => (await kubectl.run(['get', 'namespaces,nodes', '--output', 'name'])).split('\n').sort();
  const before = await names();
  there = { ...ours, ours: false, options: ['--provider', 'existing', '--yes'], env };
  try {
    await up(overlayFolder(root, ours.cluster.provider));
    assert.equal((await put('theirs', 1)).status, 201);
    assert.match(await journey('status'), /api +Deployment +2 of 2/);
    await journey('down');
    assert.deepEqual(await names(), before);
  } finally {
    there = ours;
  }
});

test(
  'kubectl apply -k alone: without the passwords an Event says what is missing, with them it comes up',
  minutes(6),
  async (t) => {
    if (!ready(t)) return;
    const folder = there?.overlays.v02 ?? overlayFolder(root, there?.cluster.provider ?? 'local');
    await kubectl.run(['apply', '--kustomize', folder]);
    const events = ['--namespace', 'journey', 'get', 'events', '--field-selector', 'type=Warning'];
    const missing = 'secret "redis-auth" not found';
    await until('the Event', async () => (await kubectl.run(events)).includes(missing), slow);
    const readme = readFileSync(join(root, 'k8s/v0.2/README.md'), 'utf8');
    assert.ok(readme.includes(missing), 'the README has an answer');
    // The README's own line, run by a shell.
    const [line = ''] = /kubectl -n journey create secret generic redis-auth[\s\S]*?(?=\n```)/.exec(readme) ?? [];
    const script = line.replace('kubectl', '"$@"');
    await runCommand('sh', ['-c', script, 'sh', kubectl.command.file, ...kubectl.command.args], {
      env: process.env,
      deadlineMs: 60_000,
    });
    const workloads = (await listWorkloads(kubectl)).filter(({ kind }) => kind !== 'CronJob');
    assert.equal(workloads.length, 3);
    const report = (line: string) => void process.stdout.write(`${line}\n`);
    await waitForStack({ kubectl, workloads, deadlineMs: 240_000, signal: build.signal, language: 'en', report });
    // The Service is another one now, with another port on the nodes.
    const { url: found } = JSON.parse(await journey('status', ['--json'])) as ServiceAddress;
    if (there?.ours) {
      await until('the API at the URL of status', async () => (await fetch(`${found}/livez`)).status === 200, slow);
    }
    // On our own cluster the files that follow take it from here.
    if (!there?.ours) await takeDown({ kubectl, language: 'en', report: () => undefined });
  },
);
