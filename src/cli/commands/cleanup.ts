import { say } from '../../i18n/messages.ts';
import { jobSummary } from '../../supervisor/describe-event.ts';
import { type DataFolder, prepareFolder } from '../../supervisor/folder/data-folder.ts';
import { JobHistory } from '../../supervisor/job/job-history.ts';
import { type JobRun, succeeded, summaryIn } from '../../supervisor/job/job-run.ts';
import { JobRunner } from '../../supervisor/job/job-runner.ts';
import { cleanupProgram } from '../../supervisor/programs.ts';
import { logLimits, nodeRuntime } from '../../supervisor/workload/start-container.ts';
import { defaultTimings } from '../../supervisor/workload/timings.ts';
import type { CliContext } from '../context.ts';
import { createMissingConfigFiles } from '../create-missing-config-files.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { interruptible } from '../interruptible.ts';
import { messages as m } from '../messages.ts';
import { storeChoice } from '../option-values.ts';
import { painter } from '../paint.ts';
import { programMains } from '../program-mains.ts';
import { ask, runningSocket } from '../running-stack.ts';

export interface CleanupOptions extends FolderOption {
  readonly mode?: string;
  readonly store?: string;
  readonly json?: boolean;
}

/**
 * `journey cleanup`: has the running stack run the clean-up, or runs it by itself when none runs. Exits with the job's
 * own code.
 */
export async function cleanup(context: CliContext, options: CleanupOptions): Promise<number> {
  const folder = folderOption(options, context);
  const socket = runningSocket(folder, context);
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const run =
      socket === undefined
        ? await runDirectly(folder, context, options, signal)
        : (await ask(folder, socket, { op: 'cleanup', ...modeOf(options) }, signal)).run;
    print(run, context, options);
    return run.exitCode ?? exitCodes.failed;
  });
}

const modeOf = ({ mode }: CleanupOptions) => (mode === undefined ? {} : { mode });

async function runDirectly(
  folder: DataFolder,
  context: CliContext,
  { mode, store }: CleanupOptions,
  signal: AbortSignal,
): Promise<JobRun> {
  const { host, language, stderr } = context;
  stderr.write(`${say(language, m.cleanupDirect, { folder: folder.root })}\n`);
  await prepareFolder(folder);
  await createMissingConfigFiles(folder, context);
  const chosen = store ?? host.env['JOURNEY_STORE'];
  const stack = { store: chosen === undefined || chosen === '' ? undefined : storeChoice(chosen) };
  const program = cleanupProgram({ stack, folder, host, mainOf: programMains(context).mainOf });
  // Its log goes where the collector will find it at the next start.
  const startContainer = nodeRuntime({
    host,
    podLogs: folder.podLogs,
    limits: logLimits,
    onLine: (_program, _stream, { content }) => {
      const summary = summaryIn(content.toString());
      if (summary !== undefined) runner.noteSummary(summary);
    },
    started: () => undefined,
    ended: () => undefined,
  });
  const history = new JobHistory(folder, program);
  const { jobDeadlineMs: deadlineMs } = defaultTimings;
  const runner = new JobRunner({ program, startContainer, history, deadlineMs, now: host.wallMs });
  signal.addEventListener('abort', () => void runner.stop(), { once: true });
  return runner.run({ trigger: 'request', env: mode === undefined ? {} : { JOURNEY_CLEANUP_MODE: mode } });
}

function print(run: JobRun, { language, stdout, stderr, host }: CliContext, { json }: CleanupOptions): void {
  if (json === true) return void stdout.write(`${JSON.stringify(run, undefined, 2)}\n`);
  const { pod } = run;
  if (succeeded(run)) {
    const seconds = ((run.finishedAt - run.startedAt) / 1_000).toFixed(1);
    stdout.write(`${say(language, m.cleanupDone, { pod, summary: jobSummary(run), seconds })}\n`);
    return;
  }
  const reason = run.reason ?? run.summary?.reason ?? m.unknownReason[language];
  const text = say(language, m.cleanupFailed, { pod, code: run.exitCode ?? '—', reason });
  stderr.write(`${painter(stderr, host.env).mark('bad', text)}\n`);
}
