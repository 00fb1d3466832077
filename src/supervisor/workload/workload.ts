import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../../errors/journey-error.ts';
import { BackOff } from '../process/back-off.ts';
import type { Container, ContainerExit } from '../process/container.ts';
import { watchHealth } from './health.ts';
import { containerLogFile, type Pod } from './pod.ts';
import type { Program } from './program.ts';
import type { StartContainer } from './start-container.ts';
import type { Timings } from './timings.ts';
import type { WorkloadEvent, WorkloadState, WorkloadStatus } from './workload-events.ts';

export interface WorkloadOptions {
  readonly program: Program;
  readonly pod: Pod;
  readonly timings: Timings;
  readonly startContainer: StartContainer;
  /** Root of the CRI log tree. */
  readonly podLogs: string;
  readonly now: () => number;
  readonly onEvent: (event: WorkloadEvent) => void;
}

/** EX_CONFIG of sysexits.h: our programs end with it when their configuration is refused. */
const configErrorCode = 78;

/**
 * Keeps one program running: starts it, probes it, starts it again with back-off when it dies or hangs. A program that
 * refuses its configuration is not hammered: it starts again when the file changes.
 */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #stopping = new AbortController();
  readonly #backOff: BackOff;
  #state: WorkloadState = 'starting';
  #container: Container | undefined;
  #restarts = 0;
  #startedAt: number | undefined;
  #reason: string | undefined;
  #run: Promise<void> | undefined;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.timings.backOff);
  }

  /** Returns at once; what happens is told by events. */
  start(): void {
    this.#run ??= this.#keepRunning();
  }

  get pod(): Pod {
    return this.#options.pod;
  }

  /** The live log of the present run. */
  get logFile(): string {
    return containerLogFile(this.#options.podLogs, this.#options.pod, this.#restarts);
  }

  get status(): WorkloadStatus {
    const { program, pod } = this.#options;
    return {
      name: program.name,
      state: this.#state,
      pid: this.#container?.pid,
      pod: pod.name,
      restarts: this.#restarts,
      startedAt: this.#startedAt,
      address: program.probe?.address,
      port: program.probe?.port,
      reason: this.#reason,
    };
  }

  /** Stops it for good. Resolves when the process is gone and its last words are on disk. */
  async stop(impatient?: AbortSignal): Promise<void> {
    this.#stopping.abort();
    if (this.#state !== 'stopped') this.#state = 'stopping';
    const inTime = await this.#container?.stop(this.#options.program.graceMs, impatient);
    if (inTime === false) this.#options.onEvent({ kind: 'killed' });
    await this.#run;
    this.#state = 'stopped';
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (let instance = 0; !signal.aborted; instance++) {
      if (instance > 0) this.#restarts = instance;
      this.#state = 'starting';
      const config = await fingerprint(this.#options.program.configFile);
      const began = performance.now();
      const exit = await this.#runOnce(instance);
      if (signal.aborted) return;
      this.#reason = exit.reason;
      await this.#waitAfter(exit, performance.now() - began, config).catch(() => undefined);
    }
  }

  async #runOnce(instance: number): Promise<ContainerExit> {
    const { program, pod, startContainer, timings, now } = this.#options;
    let container: Container;
    try {
      container = await startContainer({
        program,
        pod,
        instance,
        onTrouble: (trouble) => this.#tell({ kind: 'log', trouble }),
      });
    } catch (error) {
      return { code: undefined, signal: undefined, reason: reasonOf(error) };
    }
    this.#container = container;
    this.#startedAt = now();
    // Stopped while it was being started: nobody else has seen this process yet.
    if (this.#stopping.signal.aborted) void container.stop(program.graceMs);
    const ended = new AbortController();
    const health = program.probe && watchHealth(program.probe, timings, this.#healthEvents(container), ended.signal);
    const exit = await container.exited;
    ended.abort();
    await health;
    this.#container = undefined;
    this.#startedAt = undefined;
    return exit;
  }

  #healthEvents(container: Container) {
    const { program } = this.#options;
    return {
      ready: () => {
        this.#reason = undefined;
        if (this.#state === 'starting' || this.#state === 'unready') {
          this.#state = 'ready';
          this.#tell({ kind: 'ready', restarts: this.#restarts });
        }
      },
      unready: (reason: string) => {
        this.#reason = reason;
        if (this.#state !== 'ready') return;
        this.#state = 'unready';
        this.#tell({ kind: 'unready', reason });
      },
      slowStart: (reason: string) => {
        this.#reason = reason;
        this.#tell({ kind: 'slow-start', reason });
      },
      hung: (reason: string) => {
        this.#tell({ kind: 'hung', reason });
        void container.stop(program.graceMs);
      },
    };
  }

  async #waitAfter(exit: ContainerExit, ranMs: number, config: string): Promise<void> {
    const { program, timings } = this.#options;
    const { signal } = this.#stopping;
    if (exit.code === configErrorCode) {
      this.#state = 'config-error';
      this.#tell({ kind: 'config-error', file: program.configFile, reason: exit.reason });
      while ((await fingerprint(program.configFile)) === config)
        await delay(timings.configPollMs, undefined, { signal });
      return;
    }
    const delayMs = this.#backOff.next(ranMs);
    this.#state = 'backing-off';
    this.#tell({ kind: 'died', exit, delayMs });
    await delay(delayMs, undefined, { signal });
  }

  #tell(event: WorkloadEvent): void {
    this.#options.onEvent(event);
  }
}

/** Changes whenever the file is written, replaced, removed or made. */
async function fingerprint(file: string): Promise<string> {
  return stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => 'absent',
  );
}
