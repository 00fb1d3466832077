import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ClusterState } from '../../../src/cluster/local/cluster-state.ts';
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { waitUntil } from '../../../src/cluster/local/wait-until.ts';
import { isJourneyError } from '../../../src/errors/journey-error.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import {
  clusterPrograms,
  coldStartMs,
  lastingContext,
  makeClustersFolder,
  removeClustersFolder,
  takeDownWhenFree,
  testContext,
  traces,
  wantLocalCluster,
} from '../support/local-test-cluster.ts';

const name = `k${process.pid}`;
const clustersFolder = makeClustersFolder();
const folder = join(clustersFolder, name);
const options = { name, clustersFolder };
const provider = new LocalProvider(testContext(), options);
const upProcess = fileURLToPath(new URL('../support/up-process.ts', import.meta.url));

atTheEnd(async () => {
  await takeDownWhenFree(new LocalProvider(lastingContext(), options));
  await removeClustersFolder(clustersFolder);
});

/** Runs `up` and kills it without warning once the condition holds. */
async function upUntil(condition: (lines: readonly string[]) => boolean): Promise<void> {
  const child = spawn(process.execPath, [upProcess, name, clustersFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = once(child, 'exit');
  try {
    const reached = await waitUntil(() => condition(lines) || child.exitCode !== null, {
      deadlineMs: 180_000,
      everyMs: 5,
    });
    assert.ok(reached, lines.join('\n'));
    assert.equal(child.exitCode, null, `it ended before it could be killed:\n${lines.join('\n')}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const recorded = (role: string) => ClusterState.load(join(folder, 'state.json'))?.data.processes[role] !== undefined;
/** Programs that stay; others, such as iptables, come and go. */
const servers = () => clusterPrograms(folder).filter((program) => /^(etcd|kube|containerd$)/.test(program));
const said = (text: string) => (lines: readonly string[]) => lines.some((line) => line.includes(text));

/** Where it is killed: the instant a step begins or its first trace is written. */
const steps: readonly (readonly [string, (lines: readonly string[]) => boolean])[] = [
  ['while certificates are made', said('Making certificates')],
  ['while the network is laid', said('Laying the network')],
  ["when the API server's port is being opened", () => recorded('forward-api')],
  ['when etcd has just started', () => recorded('etcd')],
  ['when a node has just been switched on', () => recorded('machine-node1')],
  ['while images are imported', () => recorded('containerd-node1')],
  ['when the kubelet has just started', () => recorded('kubelet-node1')],
  ['while waiting for Ready', said('Waiting for')],
];

// First, since it also compiles the programs where they are not there yet; the killed ones must not.
test('two commands at once: the second is told who is at it', { timeout: coldStartMs }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const first = provider.up();
  await waitUntil(() => recorded('etcd'), { deadlineMs: coldStartMs, everyMs: 20 });
  await assert.rejects(provider.down(), (error) => isJourneyError(error, 'cluster-busy'));
  await first;
});

test('a damaged record is not guessed at', { timeout: 60_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const file = join(folder, 'state.json');
  const { data } = ClusterState.load(file) ?? assert.fail();
  writeFileSync(file, '{ "format": 1, "pla');
  try {
    const programs = servers();
    for (const command of [() => provider.up(), () => provider.down(), () => provider.status()]) {
      await assert.rejects(command, (error) => isJourneyError(error, 'cluster-state-unreadable'));
    }
    assert.deepEqual(servers(), programs);
  } finally {
    writeFileSync(file, JSON.stringify(data));
  }
  assert.equal(await provider.down(), true);
});

for (const [index, [when, condition]] of steps.entries()) {
  test(`up killed ${when}: up again makes it whole, down leaves nothing`, { timeout: 420_000 }, async (t) => {
    if (!(await wantLocalCluster(t, options))) return;
    const blank = traces(name, clustersFolder);
    await upUntil(condition);
    // Every second time straight to `down`, which has to cope with the half-made cluster by itself.
    if (index % 2 === 0) {
      const cluster = await provider.up();
      assert.deepEqual(
        (await cluster.nodes()).map((node) => node.ready),
        [true],
      );
      const programs = servers();
      assert.deepEqual(programs, [...new Set(programs)], 'one of each, no strays');
    }
    assert.equal(await provider.down(), true);
    assert.deepEqual(traces(name, clustersFolder), blank);
  });
}
