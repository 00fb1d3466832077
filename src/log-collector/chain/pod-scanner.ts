import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type LogFileName, type PodDirectory, parseLogFileName, parsePodDirectory } from './log-path.ts';

/** A container's directory as last listed. */
export interface ContainerDirectory {
  readonly pod: PodDirectory;
  readonly name: string;
  readonly path: string;
  /** Log files by restart number. */
  readonly restarts: ReadonlyMap<number, readonly LogFileName[]>;
  /** It was there before, and left alone until now. */
  readonly returning: boolean;
}

export interface ScanEvents {
  /** The directory is new or its names have changed. */
  changed(directory: ContainerDirectory): void;
  /** It is gone, with its Pod or by itself. */
  removed(directory: ContainerDirectory): void;
  /** The directory of a Pod that is left alone is gone. */
  gone(podPath: string): void;
  /** It exists and cannot be listed; said once. */
  unreadable(path: string, error: unknown): void;
}

export type IsExcluded = (pod: PodDirectory, container?: string) => boolean;

interface KnownContainer {
  listedMtime: number;
  /** Its files are links: what happens to them does not show in the directory's time. */
  links: boolean;
  returning: boolean;
  directory: ContainerDirectory;
}

interface KnownPod {
  readonly pod: PodDirectory;
  readonly path: string;
  listedMtime: number;
  readonly containers: Map<string, KnownContainer>;
  /** Monotonic milliseconds before which it is not looked at. */
  restsUntil: number;
  returning: boolean;
}

/** Longest step in which a file system's clock moves: two changes within one step share a time. */
const clockStepMs = 50;

export interface PodScannerOptions {
  readonly root: string;
  /** Whether the Pod, or, asked about one, this container of it, is to be left alone. */
  readonly isExcluded: IsExcluded;
  readonly events: ScanEvents;
  readonly clock: { wall(): number; monotonic(): number };
}

/**
 * Finds containers below `/var/log/pods` by looking at directories. This, not file notification, decides what exists:
 * events are lost under load and cannot be had at all once the inotify limits are reached.
 * A directory whose time has not changed is not listed again; a Pod that rests is not looked at.
 */
export class PodScanner {
  readonly #options: PodScannerOptions;
  readonly #pods = new Map<string, KnownPod>();
  /** Paths of Pods that are left alone. */
  readonly #excluded = new Set<string>();
  readonly #complained = new Set<string>();
  #listedMtime = -1;

  constructor(options: PodScannerOptions) {
    this.#options = options;
  }

  /** Leaves the Pod at this path alone until then (monotonic milliseconds); 0 ends the rest. */
  rest(path: string, until: number): void {
    const pod = this.#pods.get(path);
    if (pod !== undefined) pod.restsUntil = until;
  }

  /** Lists the Pod at this path, which was left alone, anew at the next scan, whether or not it has changed. */
  lookAgain(path: string): void {
    this.rest(path, 0);
    for (const container of this.#pods.get(path)?.containers.values() ?? []) {
      container.listedMtime = -1;
      container.returning = true;
    }
  }

  /** Asks anew, at the next scan, who is to be left alone. Of those that are from now on nothing more is said. */
  reconsider(): void {
    for (const [path, { pod }] of this.#pods) {
      if (!this.#options.isExcluded(pod)) continue;
      this.#pods.delete(path);
      this.#excluded.add(path);
    }
    this.#listedMtime = -1;
  }

  /** Whether a container's directory, by its path, has changed since it was listed, or may have. */
  hasChanged(path: string): boolean {
    const known = this.#pods.get(dirname(path))?.containers.get(basename(path));
    if (known === undefined || known.links) return false;
    return mtimeOf(path) !== known.listedMtime;
  }

  scan(): void {
    const { root, clock } = this.#options;
    const now = clock.monotonic();
    const mtime = mtimeOf(root);
    if (mtime === undefined || mtime !== this.#listedMtime) {
      this.#listPods();
      this.#listedMtime = mtime !== undefined && this.#settled(mtime) ? mtime : -1;
    }
    for (const pod of this.#pods.values()) if (pod.restsUntil <= now) this.#lookAtPod(pod);
  }

  #listPods(): void {
    const { root, isExcluded, events } = this.#options;
    const present = new Set<string>();
    for (const name of this.#names(root)) {
      const path = join(root, name);
      let known = this.#pods.get(path);
      if (known === undefined) {
        const pod = parsePodDirectory(name);
        if (pod === undefined) continue;
        if (isExcluded(pod)) {
          present.add(path);
          this.#excluded.add(path);
          continue;
        }
        const returning = this.#excluded.delete(path);
        known = { pod, path, listedMtime: -1, containers: new Map(), restsUntil: 0, returning };
        this.#pods.set(path, known);
      }
      present.add(path);
    }
    for (const [path, { containers }] of this.#pods) {
      if (present.has(path)) continue;
      this.#pods.delete(path);
      for (const { directory } of containers.values()) events.removed(directory);
    }
    for (const path of this.#excluded) {
      if (present.has(path)) continue;
      this.#excluded.delete(path);
      events.gone(path);
    }
  }

  #lookAtPod(known: KnownPod): void {
    const mtime = mtimeOf(known.path);
    if (mtime === undefined) return;
    if (mtime !== known.listedMtime) {
      const { isExcluded } = this.#options;
      const names = this.#list(known.path).filter((entry) => !entry.isFile() && !isExcluded(known.pod, entry.name));
      for (const { name } of names) if (!known.containers.has(name)) known.containers.set(name, unlisted(known, name));
      for (const [name, { directory }] of known.containers) {
        if (names.some((entry) => entry.name === name)) continue;
        known.containers.delete(name);
        this.#options.events.removed(directory);
      }
      known.listedMtime = this.#settled(mtime) ? mtime : -1;
      known.returning = false;
    }
    for (const container of known.containers.values()) this.#lookAtContainer(container);
  }

  #lookAtContainer(known: KnownContainer): void {
    const { pod, name, path } = known.directory;
    const mtime = mtimeOf(path);
    if (mtime === undefined || mtime === known.listedMtime) return;
    const restarts = new Map<number, LogFileName[]>();
    let links = false;
    for (const entry of this.#list(path)) {
      const file = parseLogFileName(entry.name);
      if (file === undefined) continue;
      // docker's files are links into its own folder, whose rotation does not touch this directory.
      links ||= entry.isSymbolicLink();
      const files = restarts.get(file.restart);
      if (files === undefined) restarts.set(file.restart, [file]);
      else files.push(file);
    }
    known.directory = { pod, name, path, restarts, returning: known.returning };
    known.returning = false;
    known.links = links;
    known.listedMtime = !links && this.#settled(mtime) ? mtime : -1;
    this.#options.events.changed(known.directory);
  }

  /** Whether a later change would show as a later time. */
  #settled(mtime: number): boolean {
    return Math.abs(this.#options.clock.wall() - mtime) > clockStepMs;
  }

  #names(path: string): string[] {
    try {
      return readdirSync(path);
    } catch (error) {
      return this.#complain(path, error);
    }
  }

  #list(path: string): Dirent[] {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch (error) {
      return this.#complain(path, error);
    }
  }

  #complain(path: string, error: unknown): [] {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || this.#complained.has(path)) return [];
    this.#complained.add(path);
    this.#options.events.unreadable(path, error);
    return [];
  }
}

function unlisted({ pod, path, returning }: KnownPod, name: string): KnownContainer {
  const directory = { pod, name, path: join(path, name), restarts: new Map(), returning };
  return { listedMtime: -1, links: false, returning, directory };
}

function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
