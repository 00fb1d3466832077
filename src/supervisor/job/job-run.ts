/** One clean-up run as the supervisor saw it. */
export interface JobRun {
  /** The Pod's name, `cleanup-job-<id>`. */
  readonly pod: string;
  readonly podUid: string;
  readonly trigger: 'schedule' | 'request';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number | undefined;
  /** The run as the program recorded it; absent when it died before. */
  readonly summary: JobSummary | undefined;
  /** Why it failed. */
  readonly reason: string | undefined;
}

export interface JobSummary {
  readonly mode: string;
  readonly outcome: string;
  readonly durationMs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly reason?: string;
}

export function succeeded(run: JobRun): boolean {
  return run.exitCode === 0;
}

/** The summary in a log line of the clean-up job, if this is the line that has it. */
export function summaryIn(line: string): JobSummary | undefined {
  if (!line.includes('"outcome"')) return undefined;
  try {
    const { run } = JSON.parse(line) as { run?: Partial<JobSummary> };
    return typeof run?.outcome === 'string' && typeof run.counts === 'object' ? (run as JobSummary) : undefined;
  } catch {
    return undefined;
  }
}
