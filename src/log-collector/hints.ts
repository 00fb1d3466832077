import { type FSWatcher, watch } from 'node:fs';
import { reasonOf } from '../errors/journey-error.ts';

export interface HintsOptions {
  /** `fs.watch`, unless a test wants it to fail. */
  readonly watch?: typeof watch;
  readonly degraded: (reason: string) => void;
}

/**
 * File notifications, used only to look sooner. Nothing depends on them: when the kernel's limits are reached
 * (`ENOSPC`, which looks like a full disk: fluent-bit#1018, or `EMFILE`) polling goes on alone, said once, with the
 * setting that would help.
 */
export class Hints {
  readonly #watch: typeof watch;
  readonly #degraded: (reason: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #off = false;

  constructor({ watch: watchFunction = watch, degraded }: HintsOptions) {
    this.#watch = watchFunction;
    this.#degraded = degraded;
  }

  /** Calls `changed` when something happens in the directory, until {@link forget}. */
  follow(directory: string, changed: () => void): void {
    if (this.#off || this.#watchers.has(directory)) return;
    try {
      const watcher = this.#watch(directory, { persistent: false }, changed);
      watcher.on('error', (error) => this.#fail(error));
      this.#watchers.set(directory, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#fail(error);
    }
  }

  follows(directory: string): boolean {
    return this.#watchers.has(directory);
  }

  forget(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  /** For good: nothing is followed any more. */
  close(): void {
    this.#off = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #fail(error: unknown): void {
    if (this.#off) return;
    this.#off = true;
    this.close();
    const code = (error as NodeJS.ErrnoException).code;
    const knob =
      code === 'ENOSPC'
        ? 'fs.inotify.max_user_watches'
        : code === 'EMFILE'
          ? 'fs.inotify.max_user_instances'
          : undefined;
    this.#degraded(knob === undefined ? reasonOf(error) : `${code}: raise sysctl ${knob} on the node`);
  }
}
