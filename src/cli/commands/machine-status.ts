import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { StackStatus } from '../../supervisor/control/protocol.ts';
import { jobSummary } from '../../supervisor/describe-event.ts';
import { succeeded } from '../../supervisor/job/job-run.ts';
import { type CacheFigures, fetchCacheFigures } from '../cache-stats.ts';
import type { CliContext } from '../context.ts';
import { shortBytes, shortDuration } from '../durations.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { messages as m } from '../messages.ts';
import type { Painter } from '../paint.ts';
import { ask, runningSocket } from '../running-stack.ts';
import { stateText } from '../state-text.ts';
import { clockTime, urlOf } from '../welcome.ts';
import type { StatusView } from './status-view.ts';

type Cache = Awaited<ReturnType<typeof fetchCacheFigures>>;

/** Longest wait for the supervisor, in milliseconds. */
const deadlineMs = 5_000;

/** The stack that `npm start` runs on this machine; `undefined` when none does. */
export async function machineStatus(context: CliContext, options: FolderOption): Promise<StatusView | undefined> {
  const folder = folderOption(options, context);
  const socket = runningSocket(folder, context);
  if (socket === undefined) return undefined;
  const { status: stack } = await ask(folder, socket, { op: 'status' }, AbortSignal.timeout(deadlineMs));
  const api = stack.programs.find((program) => program.name === 'api');
  const cache: Cache =
    api?.state === 'ready' ? await fetchCacheFigures(urlOf(api)) : { problem: api?.reason ?? api?.state ?? '—' };
  return {
    data: { ...stack, cache },
    screen: (paint) => screen(stack, cache, context, paint),
    exitCode: stack.programs.every((program) => program.state === 'ready') ? exitCodes.ok : exitCodes.pending,
  };
}

function screen(stack: StackStatus, cache: Cache, { language, host }: CliContext, paint: Painter): string[] {
  const now = host.wallMs();
  const { version, pid, folder, startedAt } = stack;
  const head = say(language, m.statusHead, { version, pid, folder, uptime: shortDuration(now - startedAt) });
  const programs = stack.programs.map((program) => {
    const { tone, text } = stateText(program.state, language);
    const facts = [
      text,
      urlOf(program),
      program.pid === undefined ? undefined : `pid ${program.pid}`,
      program.startedAt === undefined
        ? undefined
        : say(language, m.upFor, { duration: shortDuration(now - program.startedAt) }),
      say(language, m.restarts, { count: program.restarts }),
      program.reason,
    ];
    return row(paint.mark(tone, program.name.padEnd(14)), facts.filter((fact) => fact !== undefined).join(' · '));
  });
  return [
    paint.bold(head),
    '',
    ...programs,
    row(paint.mark('problem' in cache ? 'warning' : 'plain', 'cache'.padEnd(14)), cacheLine(cache, language)),
    row(paint.mark(cleanupTone(stack), 'cleanup-job'.padEnd(14)), cleanupLine(stack, now, language)),
  ];
}

const row = (name: string, facts: string): string => `  ${name} ${facts}`;

function cacheLine(cache: Cache, language: Language): string {
  if ('problem' in cache) {
    const reason = cache.problem === 'timeout' ? m.noAnswerInTime[language] : cache.problem;
    return say(language, m.cacheUnknown, { reason });
  }
  const { hitRate, entries = 0, bytes = 0 } = cache satisfies CacheFigures;
  const rate =
    hitRate === undefined ? m.noRequests[language] : say(language, m.hitRate, { percent: (hitRate * 100).toFixed(1) });
  return say(language, m.cacheLine, { rate, entries, bytes: shortBytes(bytes) });
}

function cleanupTone({ cleanup: { runs } }: StackStatus) {
  return runs[0] === undefined || succeeded(runs[0]) ? 'plain' : 'bad';
}

function cleanupLine({ cleanup }: StackStatus, now: number, language: Language): string {
  const parts: string[] = [];
  const [last] = cleanup.runs;
  if (cleanup.running !== undefined) parts.push(say(language, m.cleanupNow, { pod: cleanup.running }));
  if (last === undefined) parts.push(m.noCleanup[language]);
  else {
    const ago = shortDuration(now - last.finishedAt);
    const reason = last.reason ?? m.unknownReason[language];
    parts.push(
      succeeded(last)
        ? say(language, m.lastCleanup, { ago, summary: jobSummary(last) })
        : say(language, m.lastFailed, { ago, reason }),
    );
  }
  if (cleanup.nextAt !== undefined) parts.push(say(language, m.nextCleanup, { time: clockTime(cleanup.nextAt) }));
  return parts.join(' · ');
}
