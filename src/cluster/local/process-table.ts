import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { JourneyError } from '../../errors/journey-error.ts';
import type { Environment } from '../cluster-provider.ts';
import type { ClusterState } from './cluster-state.ts';
import {
  hasEnvironment,
  isAlive,
  isInCgroup,
  killNow,
  listPids,
  namespaceInode,
  type ProcessIdentity,
  readProcess,
} from './proc.ts';
import { waitUntil } from './wait-until.ts';

export interface ProcessSpec {
  /** Unique in the cluster, e.g. `kubelet-node1`. */
  readonly role: string;
  /** Node it belongs to, if any. */
  readonly node?: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Environment;
}

export interface ProcessTableOptions {
  readonly state: ClusterState;
  /** The cluster's folder, which marks its processes. */
  readonly folder: string;
  readonly logs: string;
  /** All that the processes inherit. Nothing of the user's: a proxy set there would swallow the API's traffic. */
  readonly env: Environment;
  /** Told of a process that should have been running and is started again. */
  readonly onRestart: (role: string) => void;
}

/**
 * The long-running processes of one cluster. They outlive the command that started them, so they are found again by
 * three marks: the state's record (pid and start time), the cluster's folder in their environment (which also catches
 * one started in the instant before a crash, and everything it started), and the namespace or cgroup they are in.
 */
export class ProcessTable {
  readonly #state: ClusterState;
  readonly #folder: string;
  readonly #logs: string;
  readonly #env: Environment;
  readonly #onRestart: (role: string) => void;
  #started = 0;

  constructor({ state, folder, logs, env, onRestart }: ProcessTableOptions) {
    this.#state = state;
    this.#folder = folder;
    this.#logs = logs;
    this.#env = env;
    this.#onRestart = onRestart;
  }

  /** How many processes this command had to start. */
  get started(): number {
    return this.#started;
  }

  get #mark(): string {
    return `JOURNEY_CLUSTER=${this.#folder}`;
  }

  record(role: string): ProcessIdentity | undefined {
    const found = this.#state.data.processes[role];
    return found !== undefined && isAlive(found) ? found : undefined;
  }

  logFile(role: string): string {
    return join(this.#logs, `${role}.log`);
  }

  /** Starts it unless it runs. @returns whether it had to be started. */
  async start(spec: ProcessSpec): Promise<boolean> {
    if (this.record(spec.role) !== undefined) return false;
    if (this.#state.data.processes[spec.role] !== undefined) this.#onRestart(spec.role);
    this.#started++;
    await this.#killStrays(spec);
    mkdirSync(this.#logs, { recursive: true });
    // Appending, so that a log may be cut while it is written.
    const log = openSync(this.logFile(spec.role), 'a', 0o600);
    try {
      const child = spawn(spec.file, [...spec.args], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: '/',
        env: {
          ...this.#env,
          ...spec.env,
          JOURNEY_CLUSTER: this.#folder,
          JOURNEY_CLUSTER_ROLE: spec.role,
          JOURNEY_CLUSTER_NODE: spec.node ?? '',
        },
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (cause) => reject(new JourneyError('command-missing', { command: spec.file }, { cause })));
      });
      child.unref();
      const pid = child.pid ?? 0;
      // One that is dead already is written down too: as one that should run and does not.
      const startTicks = readProcess(pid)?.startTicks ?? '0';
      this.#state.update({ processes: { ...this.#state.data.processes, [spec.role]: { pid, startTicks } } });
      return true;
    } finally {
      closeSync(log);
    }
  }

  /** Kills one process that does not answer; {@link start} then starts it again. */
  async restart(role: string): Promise<void> {
    const found = this.record(role);
    if (found !== undefined) await killAll(() => (isAlive(found) ? [found.pid] : []));
  }

  /** Kills one process and forgets it. */
  async stop(role: string): Promise<void> {
    await this.restart(role);
    this.forget((each) => each === role);
  }

  /** Strikes out records of processes that are known to be dead. */
  forget(which: (role: string) => boolean): void {
    const kept = Object.entries(this.#state.data.processes).filter(([role]) => !which(role));
    this.#state.update({ processes: Object.fromEntries(kept) });
  }

  /** Every process of one node: its own and its Pods'. */
  ofNode(node: string, cgroup: string): number[] {
    const marks = [this.#mark, `JOURNEY_CLUSTER_NODE=${node}`];
    return listPids().filter((pid) => hasEnvironment(pid, marks) || isInCgroup(pid, cgroup));
  }

  /** Every process of the cluster, by any of its marks. */
  all(cgroups: readonly string[]): number[] {
    const { processes, namespaces } = this.#state.data;
    const recorded = new Set(
      Object.values(processes)
        .filter(isAlive)
        .map(({ pid }) => pid),
    );
    const inodes = new Set(namespaces.flatMap((name) => namespaceInode(`/run/netns/${name}`) ?? []));
    return listPids().filter(
      (pid) =>
        recorded.has(pid) ||
        hasEnvironment(pid, [this.#mark]) ||
        inodes.has(namespaceInode(`/proc/${pid}/ns/net`) ?? -1) ||
        cgroups.some((cgroup) => isInCgroup(pid, cgroup)),
    );
  }

  /** The last lines a process said. */
  tail(role: string, lines = 8): string {
    try {
      return readFileSync(this.logFile(role), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** One that a crashed `up` started but did not live to write down. Its own children carry the mark too, but not its name. */
  async #killStrays({ role, file, args }: ProcessSpec): Promise<void> {
    const names = new Set([file, ...args].map((word) => basename(word).slice(0, 15)));
    const marks = [this.#mark, `JOURNEY_CLUSTER_ROLE=${role}`];
    await killAll(() =>
      listPids().filter((pid) => hasEnvironment(pid, marks) && names.has(readProcess(pid)?.command ?? '')),
    );
  }
}

/** Kills until nothing is left: processes may start others while they are being killed. */
export async function killAll(list: () => number[], deadlineMs = 20_000): Promise<void> {
  await waitUntil(
    () => {
      const alive = list();
      for (const pid of alive) killNow(pid);
      return alive.length === 0;
    },
    { deadlineMs, everyMs: 50 },
  );
}
