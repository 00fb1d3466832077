import type { Language } from '../i18n/language.ts';
import { say } from '../i18n/messages.ts';
import { type JobRun, succeeded } from './job/job-run.ts';
import { messages as m } from './messages.ts';
import type { ContainerExit } from './process/container.ts';
import type { StackEvent } from './stack-events.ts';
import type { WorkloadEvent } from './workload/workload-events.ts';

export type Tone = 'good' | 'plain' | 'warning' | 'bad';
export interface Notice {
  readonly tone: Tone;
  readonly text: string;
}

/** One friendly line for what happened. */
export function describeEvent(language: Language, event: StackEvent): Notice {
  switch (event.kind) {
    case 'program':
      return describeProgram(language, event.program, event.event);
    case 'job':
      return describeJob(language, event.run);
    case 'leftovers':
      return { tone: 'warning', text: say(language, m.leftovers, { count: event.pids.length }) };
    case 'trouble':
      return { tone: 'bad', text: say(language, m.trouble, { reason: event.reason }) };
    case 'stopping': {
      const text = { api: m.stoppingApi, 'log-collector': m.stoppingCollector, 'cleanup-job': m.stoppingCleanup };
      return { tone: 'plain', text: text[event.program][language] };
    }
  }
}

function describeProgram(language: Language, program: string, event: WorkloadEvent): Notice {
  switch (event.kind) {
    case 'ready':
      return event.restarts === 0
        ? { tone: 'good', text: say(language, m.ready, { program }) }
        : { tone: 'good', text: say(language, m.readyAgain, { program, restarts: event.restarts }) };
    case 'unready':
      return { tone: 'warning', text: say(language, m.unready, { program, reason: event.reason }) };
    case 'slow-start':
      return { tone: 'warning', text: say(language, m.slowStart, { program, reason: event.reason }) };
    case 'hung':
      return { tone: 'bad', text: say(language, m.hung, { program, reason: event.reason }) };
    case 'killed':
      return { tone: 'warning', text: say(language, m.killed, { program }) };
    case 'config-error': {
      const reason = event.reason ?? m.unknownReason[language];
      return { tone: 'bad', text: say(language, m.configError, { program, file: event.file, reason }) };
    }
    case 'died': {
      const how = describeExit(language, event.exit);
      const seconds = event.delayMs / 1_000;
      const { reason } = event.exit;
      return reason === undefined
        ? { tone: 'bad', text: say(language, m.diedSilently, { program, how, seconds }) }
        : { tone: 'bad', text: say(language, m.died, { program, how, seconds, reason }) };
    }
    case 'log': {
      const { trouble } = event;
      if (trouble.kind === 'recovered') {
        return { tone: 'good', text: say(language, m.logRecovered, { program, lines: trouble.lostLines }) };
      }
      const text = trouble.kind === 'failing' ? m.logFailing : m.logRotation;
      return { tone: 'bad', text: say(language, text, { program, reason: trouble.reason, file: trouble.file }) };
    }
  }
}

function describeExit(language: Language, { code, signal }: ContainerExit): string {
  if (code !== undefined) return say(language, m.exitCode, { code });
  if (signal !== undefined) return say(language, m.signal, { signal });
  return m.notStarted[language];
}

function describeJob(language: Language, run: JobRun): Notice {
  const { pod, reason } = run;
  if (succeeded(run)) return { tone: 'plain', text: say(language, m.jobDone, { pod, summary: jobSummary(run) }) };
  return { tone: 'bad', text: say(language, m.jobFailed, { pod, reason: reason ?? m.unknownReason[language] }) };
}

/** `report done, scanned 12, expired 3`: the counts that are not zero, under the names the metrics have. */
export function jobSummary({ summary }: JobRun): string {
  if (summary === undefined) return '?';
  const counts = Object.entries(summary.counts).filter(([, count]) => count > 0);
  return [`${summary.mode} ${summary.outcome}`, ...counts.map(([name, count]) => `${name} ${count}`)].join(', ');
}
