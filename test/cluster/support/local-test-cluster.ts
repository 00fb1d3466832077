import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterContext, ClusterProvider, Problem } from '../../../src/cluster/cluster-provider.ts';
import { LocalProvider, type LocalProviderOptions } from '../../../src/cluster/local/local-provider.ts';
import { hasEnvironment, listPids, readProcess } from '../../../src/cluster/local/proc.ts';
import { isJourneyError } from '../../../src/errors/journey-error.ts';
import { want } from '../../support/want.ts';

/** The first `up` on a machine compiles Kubernetes. */
export const coldStartMs = 20 * 60_000;

/** Aborted when the test file is told to stop. */
export const stopping = new AbortController();

/** A context for the provider, as a terminal in English would give it; what it reports is kept. */
export function testContext(lines: string[] = [], signal = stopping.signal): ClusterContext {
  return {
    language: 'en',
    env: { ...process.env, JOURNEY_TEST_OF_THE_USER: 'must not reach the cluster' },
    home: homedir(),
    userId: process.getuid?.(),
    platform: process.platform,
    arch: process.arch,
    signal,
    report: (line) => {
      lines.push(line);
      // Output, even if it is not shown, is how the test runner knows that a long compilation is alive.
      process.stdout.write(`${line}\n`);
    },
  };
}

/** A context for what has to be done though the test file was told to stop. */
export function lastingContext(): ClusterContext {
  return testContext([], new AbortController().signal);
}

/** Takes a cluster down as soon as what worked on it has let go of it. */
export async function takeDownWhenFree(provider: ClusterProvider): Promise<void> {
  for (const until = performance.now() + 60_000; ; await delay(500)) {
    try {
      await provider.down();
      return;
    } catch (error) {
      if (!isJourneyError(error, 'cluster-busy') || performance.now() > until) throw error;
    }
  }
}

/** A place for clusters of one test file, on a real file system (/tmp is often in memory). */
export function makeClustersFolder(): string {
  return mkdtempSync('/var/tmp/journey-test-');
}

export async function removeClustersFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Skips the test, with the reason and the command that changes it, where no local cluster can be made. */
export async function wantLocalCluster(t: TestContext, options: LocalProviderOptions): Promise<boolean> {
  const problems = await new LocalProvider(testContext(), options).preflight(3);
  return problems.length === 0 || skipFor(t, problems, 'see docs/en/local-cluster.md');
}

/**
 * What a command would change is wanting, so on CI it is a failure; what this machine cannot give (namespaces, cgroups,
 * memory) is a reason to skip everywhere.
 */
export function skipFor(t: TestContext, problems: readonly Problem[], elsewhere: string): false {
  const what = problems.map(({ text }) => text.en).join('; ');
  const fixes = [...new Set(problems.flatMap(({ fix }) => fix ?? []))];
  const how = [...fixes, elsewhere].join(', or ');
  if (problems.every(({ fix }) => fix !== undefined)) want(t, false, what, how);
  else t.skip(`needs ${what}; ${how}`);
  return false;
}

/** Programs that carry the mark of a cluster's folder, by name. */
export function clusterPrograms(folder: string, pids = clusterPids(folder)): string[] {
  return pids.flatMap((pid) => readProcess(pid)?.command ?? []).sort();
}

export function clusterPids(folder: string): number[] {
  return listPids().filter((pid) => hasEnvironment(pid, [`JOURNEY_CLUSTER=${folder}`]));
}

/** Everything a cluster of this name could leave on the machine. Equal before and after = nothing left. */
export function traces(name: string, folder: string): Readonly<Record<string, readonly string[]>> {
  const list = (path: string) => (existsSync(path) ? readdirSync(path) : ['(absent)']);
  const ours = new RegExp(`jc-${name}-|^cni-`);
  const cgroups = list('/sys/fs/cgroup').flatMap((tree) => {
    try {
      return [tree, ...readdirSync(`/sys/fs/cgroup/${tree}`)];
    } catch {
      return [tree];
    }
  });
  const machineFolders = [
    '/run/containerd',
    '/var/lib/kubelet',
    '/var/lib/cni',
    '/var/lib/containerd',
    '/var/lib/local-path',
    '/etc/cni',
    '/opt/cni',
    '/opt/containerd',
    '/usr/libexec/kubernetes',
    '/var/log/pods',
    '/var/log/containers',
  ];
  const tunables = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'];
  // Other clusters may come and go meanwhile; theirs are not ours to count.
  const interesting = (line: string) =>
    line.includes(folder) || line.includes(`/run/netns/jc-${name}-`) || /kubelet|containerd/.test(line);
  return {
    programs: clusterPrograms(`${folder}/${name}`),
    namespaces: list('/run/netns').filter((entry) => ours.test(entry)),
    cgroups: cgroups.filter((entry) => ours.test(entry)),
    links: list('/sys/class/net').sort(),
    mounts: readFileSync('/proc/mounts', 'utf8').split('\n').filter(interesting).sort(),
    files: list(folder).filter((entry) => entry.startsWith(name)),
    machine: machineFolders.map((path) => `${path}: ${existsSync(path)}`),
    tunables: tunables.map((key) => `${key} ${readFileSync(`/proc/sys/${key}`, 'utf8').trim()}`),
  };
}
