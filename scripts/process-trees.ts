import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { killNow, readProcess } from '../src/cluster/local/proc.ts';

interface Listed {
  readonly pid: number;
  readonly parent: number;
  /** In the system's own notation: tells a process from a later one with its pid. */
  readonly start: string;
  readonly args: string;
}

/**
 * Children of this process and all that they start. Who has been seen stays known after its parent has gone; so
 * {@link look} before a parent is told to go.
 */
export class ProcessTrees {
  readonly #isRoot: (args: string) => boolean;
  readonly #known = new Map<number, string>();
  readonly #roots = new Set<number>();

  /** @param isRoot whether a child of ours is meant, by its command line. */
  constructor(isRoot: (args: string) => boolean) {
    this.#isRoot = isRoot;
  }

  /** @returns those alive of all that have been seen. */
  look(): readonly number[] {
    const listed = processes();
    const isKnown = ({ pid, start }: Listed) => this.#known.get(pid) === start;
    // Parents come before children unless pids have begun anew: as long as there is somebody new, once more.
    for (let before = -1; before !== this.#known.size; ) {
      before = this.#known.size;
      const alive = new Set(listed.filter(isKnown).map(({ pid }) => pid));
      for (const { pid, parent, start, args } of listed) {
        const isRoot = parent === process.pid && this.#isRoot(args);
        if (!isRoot && !alive.has(parent)) continue;
        if (isRoot) this.#roots.add(pid);
        this.#known.set(pid, start);
        alive.add(pid);
      }
    }
    return listed.filter(isKnown).map(({ pid }) => pid);
  }

  /** Waits for the children, which have been told to go, for so long at most; then kills what is left of their trees. */
  async end(graceMs: number): Promise<void> {
    const patience = performance.now() + graceMs;
    while (this.look().some((pid) => this.#roots.has(pid)) && performance.now() < patience) await sleep(50);
    // One that is killed may just have started another.
    const deadline = performance.now() + 5_000;
    for (let left = this.look(); left.length > 0 && performance.now() < deadline; left = this.look()) {
      for (const pid of left) killNow(pid);
      await sleep(20);
    }
  }
}

/** All that run now, without those that only wait to be collected. */
function processes(): readonly Listed[] {
  if (process.platform === 'linux') return readdirSync('/proc').flatMap((name) => fromProc(Number(name)));
  if (process.platform === 'win32') return [];
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart=,args='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  // lstart: `Wed Nov 25 06:20:52 2026`.
  const row = /^\s*(\d+)\s+(\d+)\s+([^Z\s]\S*)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, , start, args] = row.exec(line) ?? [];
    return start === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), start, args: args ?? '' }];
  });
}

function fromProc(pid: number): readonly Listed[] {
  const info = readProcess(pid);
  if (info === undefined) return [];
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return [{ pid, parent: info.parent, start: info.startTicks, args }];
  } catch {
    return [];
  }
}
