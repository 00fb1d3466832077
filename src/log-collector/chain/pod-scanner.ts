import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LogFileName, type PodDirectory, parseLogFileName, parsePodDirectory } from './log-path.ts';

/** A container's directory as last listed. */
export interface ContainerDirectory {
  readonly pod: PodDirectory;
  readonly name: string;
  readonly path: string;
  /** Log files by restart number. */
  readonly restarts: ReadonlyMap<number, readonly LogFileName[]>;
}

export interface ScanEvents {
  /** The directory is new or its names have changed. */
  changed(directory: ContainerDirectory): void;
  /** It is gone, with its Pod or by itself. */
  removed(directory: ContainerDirectory): void;
  /** It exists and cannot be listed; said once. */
  unreadable(path: string, error: unknown): void;
}

interface Known {
  listedMtime: number;
  directory: ContainerDirectory;
  seen: number;
}

/** Longest step in which a file system's clock moves: two changes within one step share a time. */
const clockStepMs = 50;

/**
 * Finds containers below `/var/log/pods` by listing directories. This, not file notification, decides what exists:
 * events are lost under load and cannot be had at all once the inotify limits are reached.
 * A directory whose time has not changed is not listed again.
 */
export class PodScanner {
  readonly #root: string;
  readonly #isExcluded: (pod: PodDirectory) => boolean;
  readonly #events: ScanEvents;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #complained = new Set<string>();
  #round = 0;

  constructor(root: string, isExcluded: (pod: PodDirectory) => boolean, events: ScanEvents, now: () => number) {
    this.#root = root;
    this.#isExcluded = isExcluded;
    this.#events = events;
    this.#now = now;
  }

  scan(): void {
    this.#round++;
    for (const entry of this.#list(this.#root)) {
      const pod = parsePodDirectory(entry.name);
      if (pod === undefined || this.#isExcluded(pod)) continue;
      const podPath = join(this.#root, entry.name);
      for (const child of this.#list(podPath)) {
        if (child.isFile()) continue;
        this.#look(pod, child.name, join(podPath, child.name));
      }
    }
    for (const [path, known] of this.#known) {
      if (known.seen === this.#round) continue;
      this.#known.delete(path);
      this.#events.removed(known.directory);
    }
  }

  #look(pod: PodDirectory, name: string, path: string): void {
    const known = this.#known.get(path);
    const mtime = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtime === undefined) return;
    if (known !== undefined) known.seen = this.#round;
    if (known !== undefined && known.listedMtime === mtime) return;
    const entries = this.#list(path);
    const restarts = new Map<number, LogFileName[]>();
    let links = false;
    for (const entry of entries) {
      const file = parseLogFileName(entry.name);
      if (file === undefined) continue;
      // docker's files are links into its own folder, whose rotation does not touch this directory.
      links ||= entry.isSymbolicLink();
      const files = restarts.get(file.restart);
      if (files === undefined) restarts.set(file.restart, [file]);
      else files.push(file);
    }
    const directory = { pod, name, path, restarts };
    const settled = !links && Math.abs(this.#now() - mtime) > clockStepMs;
    this.#known.set(path, { listedMtime: settled ? mtime : -1, directory, seen: this.#round });
    this.#events.changed(directory);
  }

  #list(path: string): Dirent[] {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && !this.#complained.has(path)) {
        this.#complained.add(path);
        this.#events.unreadable(path, error);
      }
      return [];
    }
  }
}
