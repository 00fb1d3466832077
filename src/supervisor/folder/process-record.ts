import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../host.ts';
import { identify, isAlive, type ProcessIdentity } from '../process/process-identity.ts';
import { readJson, writeJson } from './json-file.ts';

/** Remembers on disk which programs run, so that the next supervisor can end what a killed one left behind. */
export class ProcessRecord {
  readonly #file: string;
  readonly #host: Pick<Host, 'platform' | 'kill'>;
  readonly #running = new Map<number, ProcessIdentity>();

  constructor(file: string, host: Pick<Host, 'platform' | 'kill'>) {
    this.#file = file;
    this.#host = host;
  }

  add(pid: number): void {
    this.#running.set(pid, identify(pid, this.#host));
    this.#save();
  }

  remove(pid: number): void {
    if (this.#running.delete(pid)) this.#save();
  }

  /**
   * Ends programs of an earlier supervisor that still run: politely, then not.
   *
   * @returns their pids
   */
  async endLeftovers(graceMs: number): Promise<number[]> {
    const recorded = readJson(this.#file);
    const alive = (Array.isArray(recorded) ? recorded.filter(isIdentity) : []).filter((p) => isAlive(p, this.#host));
    this.#signal(alive, 'SIGTERM');
    const end = performance.now() + graceMs;
    let left = alive;
    while (left.length > 0 && performance.now() < end) {
      await delay(50);
      left = left.filter((p) => isAlive(p, this.#host));
    }
    this.#signal(left, 'SIGKILL');
    return alive.map((p) => p.pid);
  }

  #signal(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
    for (const { pid } of processes) {
      try {
        this.#host.kill(pid, signal);
      } catch {
        // it ended meanwhile
      }
    }
  }

  #save(): void {
    try {
      writeJson(this.#file, [...this.#running.values()]);
    } catch {
      // A full disk: the channel still ties the programs to us, this record is the second rope.
    }
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof (value as Partial<ProcessIdentity> | undefined)?.pid === 'number';
}
