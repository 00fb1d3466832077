import { say } from '../i18n/messages.ts';
import type { StackStatus } from '../supervisor/control/protocol.ts';
import { dialable } from '../supervisor/process/probe.ts';
import type { WorkloadStatus } from '../supervisor/workload/workload-events.ts';
import type { CliContext } from './context.ts';
import { messages as m } from './messages.ts';
import type { Painter } from './paint.ts';
import { stateText } from './state-text.ts';

/** The address of a program, as one would type it. */
export function urlOf({ address = '127.0.0.1', port }: Pick<WorkloadStatus, 'address' | 'port'>): string {
  const host = dialable(address) === '127.0.0.1' ? 'localhost' : dialable(address);
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What a newcomer sees first: what runs and where, what to try, how to stop. */
export function welcome(
  status: StackStatus,
  { context, folder, dir, paint }: { context: CliContext; folder: string; dir: string; paint: Painter },
): string {
  const { language } = context;
  const api = status.programs.find((program) => program.name === 'api');
  const url = urlOf(api ?? { address: undefined, port: undefined });
  const what: Readonly<Record<string, string>> = {
    api: say(language, m.apiLine, { url }),
    'log-collector': m.collectorLine[language],
  };
  const next = status.cleanup.nextAt === undefined ? '—' : clockTime(status.cleanup.nextAt);
  const lines = status.programs.map((program) => {
    const { tone, text } = stateText(program.state, language);
    const where = `${urlOf(program)}  pid ${program.pid ?? '—'}  ${text}`;
    return `  ${paint.mark(tone, paint.bold(program.name.padEnd(14)))} ${where}  ${paint.dim(what[program.name] ?? '')}`;
  });
  const cleanup = paint.dim(say(language, m.cleanupLine, { time: next, dir }));
  const ready = status.programs.every((program) => program.state === 'ready');
  return [
    '',
    paint.bold(m.running[language]),
    ...lines,
    `  ${paint.mark('plain', paint.bold('cleanup-job'.padEnd(14)))} ${cleanup}`,
    '',
    paint.bold(m.tryThis[language]),
    `  curl '${url}/api/v1/hello?name=Ada'`,
    `  curl -X POST ${url}/api/v1/data -H 'content-type: application/json' -d '{"key":"greeting","value":"hello"}'`,
    `  curl -i ${url}/api/v1/data/greeting`,
    '',
    paint.bold(m.look[language]),
    `  ${say(language, m.lookCommands, { dir, folder: `${folder}/config` })}`,
    '',
    m.howToStop[language],
    ...(ready ? [paint.dim(say(language, m.readyAfter, { ms: Math.round(context.uptimeMs()) }))] : []),
    '',
  ].join('\n');
}

export function clockTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 5);
}
