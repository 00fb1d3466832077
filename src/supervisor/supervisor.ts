import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { ControlServer } from './control/control-server.ts';
import type { LogLine, StackStatus } from './control/protocol.ts';
import { socketPath } from './control/socket-path.ts';
import { type DataFolder, prepareFolder } from './folder/data-folder.ts';
import { acquireLock } from './folder/folder-lock.ts';
import { ProcessRecord } from './folder/process-record.ts';
import type { Host } from './host.ts';
import { JobHistory } from './job/job-history.ts';
import { type JobRun, summaryIn } from './job/job-run.ts';
import { JobRunner } from './job/job-runner.ts';
import { type CleanupSchedule, scheduleCleanup } from './job/schedule.ts';
import { definePrograms, type ProgramName, type Programs, type StackOptions } from './programs.ts';
import type { StackEvent } from './stack-events.ts';
import { createPod, stableSuffix } from './workload/pod.ts';
import { prunePodFolders } from './workload/pod-folders.ts';
import { logLimits, nodeRuntime, type StartContainer } from './workload/start-container.ts';
import type { Timings } from './workload/timings.ts';
import { whenCollected } from './workload/when-collected.ts';
import { Workload } from './workload/workload.ts';

export interface SupervisorOptions {
  readonly folder: DataFolder;
  readonly stack: StackOptions;
  readonly host: Host;
  readonly timings: Timings;
  readonly version: string;
  readonly mainOf: (program: ProgramName) => string;
  /** Makes configuration files that are missing; never touches one that is there. */
  readonly createConfigFiles: (folder: DataFolder) => Promise<void>;
  readonly onEvent: (event: StackEvent) => void;
  /** Every line any program prints. */
  readonly onLine?: (line: LogLine) => void;
  /** When the clean-up runs, five cron fields, as the cluster's CronJob has them. */
  readonly schedule: string;
}

/** Log folders of earlier Pods that are kept of each workload. */
const keepPodFolders = 3;
/** For programs of a killed supervisor to end by themselves, which their channel tells them to. */
const leftoverGraceMs = 8_000;

/** Longest time the collector gets to read the API's last words. */
const lastWordsMs = 3_000;

type Daemon = 'api' | 'log-collector';

/**
 * The whole stack on one machine: takes the folder, starts the programs side by side, keeps them running, runs the
 * clean-up on schedule, and stops everything in order.
 */
export class Supervisor {
  /** Resolves when every program has been ready once. */
  readonly ready: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #release: () => void;
  readonly #followers = new Set<(line: LogLine) => void>();
  readonly #control: ControlServer;
  readonly #api: Workload;
  readonly #collector: Workload;
  readonly #jobs: JobRunner;
  readonly #startedAt: number;
  readonly #awaited = new Set<Daemon>(['api', 'log-collector']);
  #allReady: () => void = () => undefined;
  #schedule: CleanupSchedule | undefined;
  #prune: NodeJS.Timeout | undefined;
  #stop: Promise<void> | undefined;

  /** Checks everything first and starts nothing if anything is wrong. @throws JourneyError */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const { folder, host, onEvent } = options;
    await prepareFolder(folder);
    const socket = socketPath(folder.root, host.platform);
    const release = acquireLock({ folder: folder.root, file: folder.lockFile, socket, host });
    try {
      const processes = new ProcessRecord(folder.processesFile, host);
      const pids = await processes.endLeftovers(leftoverGraceMs);
      if (pids.length > 0) onEvent({ kind: 'leftovers', pids });
      await options.createConfigFiles(folder);
      const programs = await definePrograms(options);
      const supervisor = new Supervisor(options, { programs, processes, release });
      await supervisor.#control.listen(socket);
      supervisor.#api.start();
      supervisor.#collector.start();
      await supervisor.#startSchedule();
      return supervisor;
    } catch (error) {
      release();
      throw error;
    }
  }

  private constructor(
    options: SupervisorOptions,
    { programs, processes, release }: { programs: Programs; processes: ProcessRecord; release: () => void },
  ) {
    const { folder, host, timings } = options;
    this.#options = options;
    this.#release = release;
    this.#startedAt = host.wallMs();
    this.ready = new Promise((settle) => {
      this.#allReady = settle;
    });
    const startContainer = nodeRuntime({
      host,
      podLogs: folder.podLogs,
      limits: logLimits,
      onLine: (program, stream, { content }, time) => this.#line({ program, stream, time, text: content.toString() }),
      started: (pid) => processes.add(pid),
      ended: (pid) => processes.remove(pid),
    });
    this.#api = this.#workload('api', programs, startContainer);
    this.#collector = this.#workload('log-collector', programs, startContainer);
    const program = programs['cleanup-job'];
    const history = new JobHistory(folder, program);
    this.#jobs = new JobRunner({
      program,
      startContainer,
      history,
      deadlineMs: timings.jobDeadlineMs,
      now: host.wallMs,
    });
    this.#control = new ControlServer({
      status: () => this.status,
      cleanup: async (mode) => ({ kind: 'cleanup', run: await this.runCleanup('request', mode) }),
      follow: (listener) => {
        this.#followers.add(listener);
        return () => this.#followers.delete(listener);
      },
    });
  }

  get status(): StackStatus {
    const { version, host, folder, stack } = this.#options;
    return {
      version,
      pid: host.pid,
      folder: folder.root,
      startedAt: this.#startedAt,
      store: stack.store?.kind === 'redis' ? stack.store.url : stack.store?.kind,
      programs: [this.#api.status, this.#collector.status],
      cleanup: {
        nextAt: this.#schedule?.nextAt(),
        running: this.#jobs.running?.name,
        runs: this.#jobs.history.runs,
      },
    };
  }

  /** @throws JourneyError `cleanup-running`, `stopping` */
  async runCleanup(trigger: JobRun['trigger'], mode?: string): Promise<JobRun> {
    if (this.#stop !== undefined) throw new JourneyError('stopping', {});
    const run = await this.#jobs.run({ trigger, env: mode === undefined ? {} : { JOURNEY_CLEANUP_MODE: mode } });
    if (trigger === 'schedule') this.#options.onEvent({ kind: 'job', run });
    this.#pruneLater();
    return run;
  }

  /**
   * Stops everything, in this order: no new clean-up, the running one ends, the API drains, and the collector last, so
   * that it ships the others' last words. When `impatient` aborts, all that is left happens at once.
   */
  stop(impatient?: AbortSignal): Promise<void> {
    this.#stop ??= this.#stopInOrder(impatient);
    return this.#stop;
  }

  async #stopInOrder(impatient: AbortSignal | undefined): Promise<void> {
    const { onEvent } = this.#options;
    this.#schedule?.stop();
    if (this.#jobs.running !== undefined) onEvent({ kind: 'stopping', program: 'cleanup-job' });
    await this.#jobs.stop(impatient);
    onEvent({ kind: 'stopping', program: 'api' });
    const apiLog = this.#api.logFile;
    await this.#api.stop(impatient);
    onEvent({ kind: 'stopping', program: 'log-collector' });
    await this.#lastWords(apiLog, impatient);
    await this.#collector.stop(impatient);
    clearTimeout(this.#prune);
    await this.#control.close();
    this.#release();
  }

  /** Gives the collector the time to read what the API said when it stopped. */
  async #lastWords(apiLog: string, impatient: AbortSignal | undefined): Promise<void> {
    const { state, address, port } = this.#collector.status;
    if (state !== 'ready' || address === undefined || port === undefined) return;
    const logs = [{ podUid: this.#api.pod.uid, file: apiLog }];
    await whenCollected({ address, port }, logs, lastWordsMs, impatient);
  }

  #workload(name: Daemon, programs: Programs, startContainer: StartContainer): Workload {
    const program = programs[name];
    return new Workload({
      program,
      pod: createPod({ namespace: program.namespace, owner: name, container: name, ...this.#suffixOf(name) }),
      timings: this.#options.timings,
      startContainer,
      podLogs: this.#options.folder.podLogs,
      now: this.#options.host.wallMs,
      onEvent: (event) => {
        this.#options.onEvent({ kind: 'program', program: name, event });
        if (event.kind !== 'ready' || !this.#awaited.delete(name)) return;
        if (name === 'log-collector') this.#pruneLater();
        if (this.#awaited.size === 0) this.#allReady();
      },
    });
  }

  /**
   * The collector's Pod keeps its name from start to start, like a static Pod's. It knows its own logs by that name, so
   * it does not collect the records its predecessors wrote, which would double with every start.
   */
  #suffixOf(name: Daemon): { suffix?: string } {
    return name === 'log-collector' ? { suffix: stableSuffix(this.#options.folder.root) } : {};
  }

  async #startSchedule(): Promise<void> {
    this.#schedule = await scheduleCleanup(this.#options.schedule, async () => {
      // Forbid: a run that is still going keeps its turn.
      if (this.#jobs.running === undefined) await this.runCleanup('schedule').catch(this.#complain);
    });
  }

  /** Logs of Pods that are gone, once the collector has had time to read them. */
  #pruneLater(): void {
    clearTimeout(this.#prune);
    this.#prune = setTimeout(() => void this.#pruneNow().catch(this.#complain), this.#options.timings.pruneAfterMs);
    this.#prune.unref();
  }

  async #pruneNow(): Promise<void> {
    const { history, running } = this.#jobs;
    await history.pruneLogs(running?.name);
    await prunePodFolders({
      root: this.#options.folder.podLogs,
      alive: [this.#api.pod, this.#collector.pod],
      keep: keepPodFolders,
      except: history.group,
    });
  }

  readonly #complain = (error: unknown): void => {
    this.#options.onEvent({ kind: 'trouble', reason: reasonOf(error) });
  };

  #line(line: LogLine): void {
    if (line.program === 'cleanup-job') {
      const summary = summaryIn(line.text);
      if (summary !== undefined) this.#jobs.noteSummary(summary);
    }
    this.#options.onLine?.(line);
    for (const follow of this.#followers) follow(line);
  }
}
