// The parts of the local provider that deal with processes and files, without a cluster and without root.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { binariesFolder, missingBinaries } from '../../../src/cluster/local/binaries.ts';
import { lockCluster, lockWhenFree } from '../../../src/cluster/local/cluster-lock.ts';
import { planCluster, topologyOf } from '../../../src/cluster/local/cluster-plan.ts';
import { ClusterState } from '../../../src/cluster/local/cluster-state.ts';
import type { LocalClusterContext } from '../../../src/cluster/local/local-cluster-context.ts';
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { openForward, type PortChoice } from '../../../src/cluster/local/open-forward.ts';
import { ensurePki } from '../../../src/cluster/local/pki.ts';
import { isAlive, killNow, readProcess } from '../../../src/cluster/local/proc.ts';
import { killAll, ProcessTable } from '../../../src/cluster/local/process-table.ts';
import { createTools, findSystemProgram } from '../../../src/cluster/local/tools.ts';
import { waitUntil } from '../../../src/cluster/local/wait-until.ts';
import { selectProvider } from '../../../src/cluster/select-provider.ts';
import { isJourneyError } from '../../../src/errors/journey-error.ts';
import { freePort } from '../../support/redis-server.ts';
import { want } from '../../support/want.ts';
import { clusterPrograms, testContext } from '../support/local-test-cluster.ts';

const linux = { skip: process.platform !== 'linux' && 'needs /proc: run it on Linux' };
const folder = mkdtempSync(join(tmpdir(), 'journey-parts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const plan = planCluster({ name: 'parts', nodes: 1 });
const first = { plan, bootId: 'boot', programs: '/cache/bin' };
function table(name: string, restarted: string[] = []) {
  const home = join(folder, name);
  const state = ClusterState.create(join(home, 'state.json'), first);
  const onRestart = (role: string) => void restarted.push(role);
  const processes = new ProcessTable({ state, folder: home, logs: join(home, 'logs'), env: process.env, onRestart });
  return { home, state, processes };
}
const sleeper = (role: string) => ({ role, file: 'sleep', args: ['1000000'] });

test(
  'of two clusters that open the same port at once, one takes another; a port that was asked for is refused',
  linux,
  async () => {
    // As forward does it: the port first, or an end.
    const program = join(folder, 'open-port');
    const source = "require('node:net').createServer().listen(process.argv[2].split(':')[1], '127.0.0.1')";
    writeFileSync(program, `#!${process.execPath}\n${source}\n`, { mode: 0o755 });
    const clusters = ['port-a', 'port-b'].map((name) => table(name));
    const remembered: unknown[] = [];
    const open = ({ processes }: ReturnType<typeof table>, choice: Partial<PortChoice>) =>
      openForward(
        {
          binaries: { folder, path: () => program },
          processes,
          topology: { control: { namespace: 'none' } },
          context: testContext(),
        } as unknown as LocalClusterContext,
        'forward-api',
        'unused',
        {
          asked: undefined,
          preferred: 0,
          option: '--api-port',
          remember: (port) => remembered.push(port, processes.record('forward-api')),
          ...choice,
        },
      );
    try {
      const preferred = await freePort();
      const ports = await Promise.all(clusters.map((each) => open(each, { preferred })));
      assert.equal(new Set(ports).size, 2);
      assert.ok(ports.includes(preferred));
      for (const port of ports) assert.ok(remembered.includes(port));
      const started = remembered.filter((each) => typeof each !== 'number' && each !== undefined);
      assert.deepEqual(started, [], 'a port is remembered before there is a process');
      for (const { processes } of clusters) assert.ok(processes.record('forward-api'));
      const third = table('port-c');
      clusters.push(third);
      await assert.rejects(open(third, { asked: preferred }), (error) => isJourneyError(error, 'port-in-use'));
    } finally {
      for (const { processes } of clusters) await processes.stop('forward-api');
    }
  },
);

test('a process is started once, and again when it has died', linux, async () => {
  const restarted: string[] = [];
  const { home, processes } = table('once', restarted);
  try {
    await processes.start(sleeper('a'));
    await processes.start(sleeper('a'));
    assert.equal(clusterPrograms(home).length, 1);
    assert.deepEqual(restarted, []);
    killNow(processes.record('a')?.pid ?? assert.fail());
    await waitUntil(() => processes.record('a') === undefined, { deadlineMs: 5_000, everyMs: 10 });
    await processes.start(sleeper('a'));
    assert.equal(clusterPrograms(home).length, 1);
    assert.deepEqual(restarted, ['a']);
  } finally {
    await killAll(() => processes.all([]));
  }
  assert.deepEqual(clusterPrograms(home), []);
});

test('one that a crash left unrecorded is replaced, not doubled', linux, async () => {
  const { home, processes } = table('stray');
  try {
    await processes.start(sleeper('a'));
    processes.forget(() => true);
    await processes.start(sleeper('a'));
    assert.equal(clusterPrograms(home).length, 1);
  } finally {
    await killAll(() => processes.all([]));
  }
});

test('a recorded pid that now belongs to somebody else is neither trusted nor killed', linux, async () => {
  const { state, processes } = table('reused');
  const stranger = spawn('sleep', ['1000000'], { stdio: 'ignore' });
  try {
    const pid = stranger.pid ?? assert.fail();
    const { startTicks } = readProcess(pid) ?? assert.fail();
    state.update({ processes: { a: { pid, startTicks: String(Number(startTicks) - 1) } } });
    assert.equal(processes.record('a'), undefined);
    await killAll(() => processes.all([]));
    assert.ok(isAlive({ pid, startTicks }));
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('a program may have any name, even one that looks like the rest of the line', linux, async () => {
  const odd = join(folder, 'x) S 1 (y');
  copyFileSync('/bin/sleep', odd);
  chmodSync(odd, 0o755);
  const child = spawn(odd, ['1000000'], { stdio: 'ignore' });
  try {
    await waitUntil(() => readProcess(child.pid ?? 0)?.command === 'x) S 1 (y', { deadlineMs: 5_000, everyMs: 10 });
    const { command, startTicks } = readProcess(child.pid ?? 0) ?? assert.fail();
    assert.equal(command, 'x) S 1 (y');
    assert.match(startTicks, /^\d{2,}$/);
  } finally {
    child.kill('SIGKILL');
  }
});

test('the lock is for one command at a time, and one left by a dead command is taken over', linux, () => {
  const file = join(folder, 'lock');
  const lock = lockCluster(file, 'parts');
  assert.throws(
    () => lockCluster(file, 'parts'),
    (error) => {
      assert.ok(isJourneyError(error, 'cluster-busy'));
      assert.match(error.message, new RegExp(`kill ${process.pid}`));
      return true;
    },
  );
  lock.release();
  writeFileSync(file, JSON.stringify({ pid: process.pid, startTicks: '1' }));
  lockCluster(file, 'parts').release();
  writeFileSync(file, 'not JSON');
  lockCluster(file, 'parts').release();
});

test('two commands see each other’s changes, and neither brings a removed cluster back', () => {
  const file = join(folder, 'shared/state.json');
  const mine = ClusterState.create(file, first);
  const theirs = ClusterState.load(file) ?? assert.fail();
  theirs.update({ apiPort: 16443 });
  mine.update({ networkReady: true });
  assert.equal(mine.data.apiPort, 16443);
  assert.equal(theirs.data.networkReady, true);
  rmSync(file);
  assert.throws(
    () => mine.update({ apiPort: 1 }),
    (error) => isJourneyError(error, 'cluster-not-found'),
  );
});

test('a program cut short in the cache counts as missing', () => {
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  const all = missingBinaries(cache);
  assert.ok(all.includes('kubelet') && all.includes('pause'));
  for (const binary of all) writeFileSync(join(cache, binary), 'program');
  assert.deepEqual(missingBinaries(cache), all, 'without their sizes nothing vouches for them');
  writeFileSync(join(cache, '.sizes.json'), JSON.stringify(Object.fromEntries(all.map((binary) => [binary, 7]))));
  assert.deepEqual(missingBinaries(cache), []);
  truncateSync(join(cache, 'kubelet'), 3);
  rmSync(join(cache, 'etcd'));
  assert.deepEqual(missingBinaries(cache), ['etcd', 'kubelet']);
});

test('another architecture is another cache folder', () => {
  assert.notEqual(binariesFolder('/cache', 'x64'), binariesFolder('/cache', 'arm64'));
  assert.equal(binariesFolder('/cache', 'x64'), binariesFolder('/cache', 'x64'));
});

test('preflight names everything that is missing at once, each with its way out', linux, async () => {
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  const context = { ...testContext(), userId: 1000, home: bare };
  const provider = new LocalProvider(context, { clustersFolder: '/proc/none', cacheFolder: join(bare, 'cache') });
  const problems = await provider.preflight(9);
  const texts = problems.map(({ text }) => text.en).join('\n');
  assert.match(texts, /^root: /m);
  assert.match(texts, /another folder for the cluster: nodes have a folder of their own/);
  assert.match(texts, /^disk: .* for \/proc/m);
  assert.ok(problems.every(({ text }) => /[\u4e00-\u9fff]/.test(text.zh)));
  await assert.rejects(provider.up(), (error) => {
    assert.ok(isJourneyError(error, 'cluster-preflight'));
    assert.ok(error.message.split('\n  - ').length >= 3);
    return true;
  });
});

test('on another system the local provider says what to use instead', async () => {
  const context = { ...testContext(), platform: 'darwin' };
  const [problem, ...others] = await new LocalProvider(context).preflight();
  assert.match(problem?.text.en ?? '', /darwin.*minikube/);
  assert.deepEqual(others, []);
});

test('auto never picks somebody’s own cluster, and says what is lacking when nothing works', async () => {
  const env = { PATH: join(folder, 'nothing'), KUBECONFIG: '/etc/kubernetes/admin.conf' };
  const context = { ...testContext(), env, platform: 'darwin', home: folder };
  const options = { local: { clustersFolder: join(folder, 'no-clusters') } };
  await assert.rejects(selectProvider('auto', context, options), (error) => {
    assert.ok(isJourneyError(error, 'cluster-preflight'));
    assert.match(error.message, /minikube cluster needs.*\n.*the program minikube/);
    return true;
  });
});

test('the record of another user’s cluster is called that, not damaged', linux, () => {
  const home = join(folder, 'others');
  const { file } = ClusterState.create(join(home, 'state.json'), first);
  chmodSync(home, 0);
  // Root may read everything, so for a moment it is nobody.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    assert.throws(
      () => ClusterState.load(file),
      (error) => isJourneyError(error, 'cluster-state-forbidden') && error.message.includes(file),
    );
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(home, 0o700);
  }
});

test('a command that needs what another one is making waits for it', linux, async () => {
  const file = join(folder, 'shared.lock');
  const first = lockCluster(file, 'shared');
  const waited: number[] = [];
  const options = { deadlineMs: 10_000, signal: new AbortController().signal };
  const second = lockWhenFree(file, 'shared', { ...options, onWait: (pid) => void waited.push(pid) });
  await waitUntil(() => waited.length > 0, { deadlineMs: 5_000, everyMs: 10 });
  first.release();
  (await second).release();
  assert.deepEqual(waited, [process.pid]);
});

test('certificates are made whole or not at all, and each is signed for who it is', { timeout: 60_000 }, async (t) => {
  const tools = createTools(testContext());
  const present = findSystemProgram('openssl', process.env) !== undefined;
  if (!want(t, present, 'openssl', 'apt-get install -y openssl')) return;
  const pki = join(folder, 'pki');
  // What a killed command leaves.
  mkdirSync(`${pki}.new`);
  writeFileSync(join(`${pki}.new`, 'ca.key'), 'half');
  await ensurePki(pki, topologyOf(plan), tools);
  const openssl = (...args: string[]) => tools.run('openssl', args, { cwd: pki });
  assert.match(
    await openssl('verify', '-CAfile', 'ca.crt', 'apiserver.crt', 'node1.crt', 'admin.crt'),
    /node1.crt: OK/,
  );
  const server = await openssl('x509', '-in', 'apiserver.crt', '-noout', '-text');
  for (const name of ['IP Address:127.0.0.1', 'IP Address:10.231.0.10', 'DNS:kubernetes.default.svc']) {
    assert.ok(server.includes(name), name);
  }
  assert.match(
    await openssl('x509', '-in', 'node1.crt', '-noout', '-subject'),
    /O = system:nodes, CN = system:node:node1/,
  );
  const before = readFileSync(join(pki, 'ca.crt'), 'utf8');
  await ensurePki(pki, topologyOf(plan), tools);
  assert.equal(readFileSync(join(pki, 'ca.crt'), 'utf8'), before);
});
