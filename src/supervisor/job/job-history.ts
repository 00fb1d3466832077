import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFolder } from '../folder/data-folder.ts';
import { readJson, writeJson } from '../folder/json-file.ts';
import type { Program } from '../workload/program.ts';
import { type JobRun, succeeded } from './job-run.ts';

/** A CronJob's `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`. */
const keepEach = 3;

/** The last clean-up runs and their logs: three that succeeded, three that failed. */
export class JobHistory {
  /** `<namespace>_<owner>`, what the log folders of its Pods begin with. */
  readonly group: string;
  readonly #file: string;
  readonly #podLogs: string;
  #runs: readonly JobRun[];

  constructor({ jobsFile, podLogs }: DataFolder, { namespace, name }: Program) {
    this.#file = jobsFile;
    this.#podLogs = podLogs;
    this.group = `${namespace}_${name}`;
    const stored = readJson(jobsFile);
    this.#runs = Array.isArray(stored) ? stored.filter(isJobRun) : [];
  }

  /** Newest first. */
  get runs(): readonly JobRun[] {
    return this.#runs;
  }

  /** Adds a run and forgets those beyond the limits. @throws when the file cannot be written */
  add(run: JobRun): void {
    const all = [run, ...this.#runs];
    const kept = new Set([
      ...all.filter(succeeded).slice(0, keepEach),
      ...all.filter((r) => !succeeded(r)).slice(0, keepEach),
    ]);
    this.#runs = all.filter((r) => kept.has(r));
    writeJson(this.#file, this.#runs);
  }

  /** Removes log folders of runs that are forgotten. Call it when the collector has had time to read them. */
  async pruneLogs(runningPod: string | undefined): Promise<void> {
    const prefix = `${this.group}-`;
    const kept = new Set(this.#runs.map((run) => `${this.group.split('_')[0]}_${run.pod}_${run.podUid}`));
    for (const name of await readdir(this.#podLogs).catch(() => [])) {
      if (!name.startsWith(prefix) || kept.has(name) || name.split('_')[1] === runningPod) continue;
      await rm(join(this.#podLogs, name), { recursive: true, force: true });
    }
  }
}

function isJobRun(value: unknown): value is JobRun {
  const run = value as Partial<JobRun> | undefined;
  return typeof run?.pod === 'string' && typeof run.podUid === 'string' && typeof run.startedAt === 'number';
}
