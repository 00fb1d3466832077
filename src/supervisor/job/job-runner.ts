import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import type { Container, ContainerExit } from '../process/container.ts';
import { createPod, type Pod } from '../workload/pod.ts';
import type { Program } from '../workload/program.ts';
import type { StartContainer } from '../workload/start-container.ts';
import type { JobHistory } from './job-history.ts';
import type { JobRun } from './job-run.ts';

export interface JobRunnerOptions {
  readonly program: Program;
  readonly startContainer: StartContainer;
  readonly history: JobHistory;
  readonly deadlineMs: number;
  readonly now: () => number;
}

export interface RunJobRequest {
  readonly trigger: JobRun['trigger'];
  /** Overrides settings for this run, as environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the clean-up as a Job would: a Pod of its own each time, never two at once, ended at its deadline. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  #pod: Pod | undefined;
  #container: Container | undefined;
  #summary: JobRun['summary'];
  #running: Promise<JobRun> | undefined;
  #closed = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  get running(): Pod | undefined {
    return this.#pod;
  }

  get history(): JobHistory {
    return this.#options.history;
  }

  /** @throws JourneyError `cleanup-running` (as `concurrencyPolicy: Forbid`), `stopping` */
  run(request: RunJobRequest): Promise<JobRun> {
    if (this.#closed) throw new JourneyError('stopping', {});
    if (this.#pod !== undefined) throw new JourneyError('cleanup-running', { pod: this.#pod.name });
    const { program } = this.#options;
    this.#pod = createPod({ namespace: program.namespace, owner: program.name, container: program.name });
    this.#running = this.#runIn(this.#pod, request).finally(() => {
      this.#pod = undefined;
      this.#container = undefined;
    });
    return this.#running;
  }

  /** Told of the summary when the program's output has it. */
  noteSummary(summary: JobRun['summary']): void {
    this.#summary = summary;
  }

  /** Starts no more runs, and ends the one under way. */
  async stop(impatient?: AbortSignal): Promise<void> {
    this.#closed = true;
    await this.#container?.stop(this.#options.program.graceMs, impatient);
    await this.#running?.catch(() => undefined);
  }

  async #runIn(pod: Pod, { trigger, env }: RunJobRequest): Promise<JobRun> {
    const { program, startContainer, history, now } = this.#options;
    const startedAt = now();
    this.#summary = undefined;
    const exit = await this.#execute(() => startContainer({ program, pod, instance: 0, env }));
    const run: JobRun = {
      pod: pod.name,
      podUid: pod.uid,
      trigger,
      startedAt,
      finishedAt: now(),
      exitCode: exit.code,
      summary: this.#summary,
      reason: exit.code === 0 ? undefined : (exit.reason ?? (exit.signal && `signal ${exit.signal}`)),
    };
    history.add(run);
    return run;
  }

  async #execute(start: () => Promise<Container>): Promise<ContainerExit> {
    const { program, deadlineMs } = this.#options;
    let container: Container;
    try {
      container = await start();
    } catch (error) {
      return { code: undefined, signal: undefined, reason: reasonOf(error) };
    }
    this.#container = container;
    if (this.#closed) void container.stop(program.graceMs);
    const deadline = setTimeout(() => void container.stop(program.graceMs), deadlineMs);
    try {
      return await container.exited;
    } finally {
      clearTimeout(deadline);
    }
  }
}
