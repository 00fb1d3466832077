import { readdirSync, readFileSync, statSync } from 'node:fs';
import { kill } from 'node:process';

/** A process, told apart from a later one with the same pid by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/pid/stat (proc_pid_stat(5)). */
  readonly startTicks: string;
}

export interface ProcessInfo extends ProcessIdentity {
  /** Pid of its parent. */
  readonly parent: number;
  /** Name of its program, cut to 15 characters by the kernel. */
  readonly command: string;
}

/** @returns `undefined` when there is no such process, or it is dead and only waits for its parent to notice. */
export function readProcess(pid: number): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name is in parentheses and may hold any character, so the last parenthesis ends it.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return { pid, parent: Number(fields[1]), startTicks, command: stat.slice(stat.indexOf('(') + 1, end) };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends SIGKILL; a process that has gone in the meantime is as good. */
export function killNow(pid: number): void {
  try {
    kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Living processes only: a dead one that its parent has not collected yet holds nothing and cannot be killed. */
export function listPids(): number[] {
  const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  return pids.filter((pid) => readProcess(pid) !== undefined);
}

/** Whether the process was started with exactly this `NAME=value`, or inherited it. */
export function hasEnvironment(pid: number, entries: readonly string[]): boolean {
  const environment = read(`/proc/${pid}/environ`)?.split('\0');
  return environment !== undefined && entries.every((entry) => environment.includes(entry));
}

/** Whether one of the process's cgroups is `name` or below it, in any hierarchy. */
export function isInCgroup(pid: number, name: string): boolean {
  const groups = read(`/proc/${pid}/cgroup`)?.split('\n') ?? [];
  return groups.some((line) => {
    const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
    return path === `/${name}` || path.startsWith(`/${name}/`) || path.includes(`/${name}/`);
  });
}

/** Inode of the network namespace behind a file such as `/run/netns/x` or `/proc/1/ns/net`. */
export function namespaceInode(file: string): number | undefined {
  try {
    return statSync(file).ino;
  } catch {
    return undefined;
  }
}

/** Changes with every boot, so pids recorded before it mean nothing. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended between being listed and being looked at.
    return undefined;
  }
}
