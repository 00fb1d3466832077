import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import { parseLogFileName, parsePodDirectory } from '../../log-collector/chain/log-path.ts';
import { type Choice, explainChoice, streamOf } from '../../log-collector/explain/explain-choice.ts';
import { type ExplainedLine, type Explanation, explainLog } from '../../log-collector/explain/explain-log.ts';
import type { ContainerInstance } from '../../log-collector/record/source-label.ts';
import type { StreamView } from '../../log-collector/streams-view.ts';
import { ruleFor } from '../../log-collector/trace/trace-choice.ts';
import { traceRulesOf } from '../../log-collector/trace/trace-rules.ts';
import { type CollectorSettings, type CollectorSettingsOptions, collectorSettings } from '../collector-settings.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { messages as m } from '../messages.ts';

export interface LogsExplainOptions extends CollectorSettingsOptions {
  readonly lines: number;
  readonly json?: boolean;
}

/** What is joined of a container, and by what. */
interface Joining {
  /** `java+node`; `undefined`: nothing. */
  readonly languages: string | undefined;
  /** The rule of `records.traces.rules`; `undefined`: an annotation, or none. */
  readonly rule: string | undefined;
}

/**
 * `journey logs explain`: whether a file is read, what becomes of its first lines, or of one line, and why; with the
 * settings of a collector that runs, or else those it would begin with.
 */
export async function logsExplain(context: CliContext, subject: string, options: LogsExplainOptions): Promise<number> {
  const { stdout, host } = context;
  const path = resolve(context.cwd, subject);
  const bytes = await contentOf(path);
  const source = bytes === undefined ? undefined : sourceOf(path);
  const instance = source?.instance ?? unknown;
  const settings = await collectorSettings(context, options);
  const { config, from, streams } = settings;
  const { records, reader, filter } = config;
  const stream = source && streamOf(instance, streams ?? []);
  const joining = source && joiningOf(instance, settings, stream);
  const explanation = explainLog(firstLines(bytes ?? Buffer.from(subject), options.lines), {
    instance,
    node: host.hostname,
    maxLineBytes: reader.maxLineBytes,
    fields: records.fields,
    redact: records.redact,
    traces: joining?.languages === undefined ? undefined : traceRulesOf(joining.languages),
    traceLimits: records.traces,
    now: host.wallMs,
  });
  const about = source && {
    ...source,
    choice: explainChoice(instance, filter, streams),
    joining: joining ?? { languages: undefined, rule: undefined },
    rateLimit: { bytesPerSecond: reader.rateLimitBytes, ...limitOf(stream) },
  };
  if (options.json === true) {
    stdout.write(`${JSON.stringify({ instance, settings: from ?? 'defaults', ...about, ...explanation })}\n`);
  } else stdout.write(report(explanation, about, settings, context));
  return exitCodes.ok;
}

/** A running collector knows annotations too; the settings know only the rules. */
function joiningOf(
  instance: ContainerInstance,
  { config }: CollectorSettings,
  stream: StreamView | undefined,
): Joining {
  const found = ruleFor(config.records.traces.rules, instance);
  if (stream === undefined) return { languages: found?.languages, rule: found?.rule };
  const languages = stream.traces ?? undefined;
  const same = languages !== undefined && found !== undefined && traceRulesOf(found.languages).name === languages;
  return { languages, rule: same ? found.rule : undefined };
}

function limitOf(stream: StreamView | undefined) {
  if (stream === undefined) return {};
  const { rateLimited, rateLimitWaits, lostBytes } = stream;
  return { active: rateLimited, waits: rateLimitWaits, droppedBytes: Number(lostBytes['rate_limited'] ?? 0) };
}

/** The file's content, unpacked; `undefined` when there is no such file, so that it must be a line. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    const bytes = await readFile(path);
    return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENAMETOOLONG' || code === 'ENOTDIR') return undefined;
    throw new JourneyError('log-unreadable', { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

function firstLines(bytes: Buffer, count: number): Buffer {
  let end = 0;
  for (let n = 0; n < count && end < bytes.length; n++) {
    const newline = bytes.indexOf(0x0a, end);
    end = newline === -1 ? bytes.length : newline + 1;
  }
  return bytes.subarray(0, end);
}

interface Source {
  readonly instance: ContainerInstance;
  readonly rotated: boolean;
}

interface About extends Source {
  readonly choice: Choice;
  readonly joining: Joining;
  readonly rateLimit: { readonly bytesPerSecond: number } & Partial<ReturnType<typeof limitOf>>;
}

const unknown: ContainerInstance = { namespace: '?', pod: '?', uid: '?', container: '?', restart: 0 };

/** What a path in the kubelet's layout says; any other file is explained all the same. */
function sourceOf(path: string): Source | undefined {
  const name = parseLogFileName(basename(path));
  const pod = parsePodDirectory(basename(dirname(dirname(path))));
  if (name === undefined || pod === undefined) return undefined;
  const instance = { ...pod, container: basename(dirname(path)), restart: name.restart };
  return { instance, rotated: !name.live };
}

function report(
  { lines, records, redactedBy, open }: Explanation,
  about: About | undefined,
  settings: CollectorSettings,
  { language }: CliContext,
): string {
  const out = [settingsText(settings, language), ...(about === undefined ? [] : aboutText(about, language)), ''];
  const describe = ({ offset, format, time = '-', stream, partial, text, trace }: ExplainedLine) => {
    if (format === 'none') return say(language, m.explainUnknown, { offset });
    const known = say(language, m.explainLine, { offset, format, time, stream, text });
    const whole = `${known}${(partial ? m.explainPiece : m.explainWhole)[language]}`;
    // Where nothing is joined, a line's part in a trace is worth a word only if it is asked about by itself.
    const joined = about === undefined || about.joining.languages !== undefined;
    return joined && trace !== 'never' ? `${whole}${roles[trace][language]}` : whole;
  };
  out.push(...lines.map(describe), '', say(language, m.explainRecords, { count: records.length }));
  for (const [i, record] of records.entries()) {
    out.push(JSON.stringify(record));
    const rules = redactedBy[i] ?? [];
    if (rules.length > 0) out.push(say(language, m.explainRedacted, { rules: rules.join('  ') }));
  }
  for (const stream of open) out.push(say(language, m.explainOpen, { stream }));
  return `${out.join('\n')}\n`;
}

const roles = {
  begins: m.explainBeginsTrace,
  continues: m.explainContinuesTrace,
  mayBegin: m.explainMayBeginTrace,
} as const;

const choices = {
  wanted: m.explainWanted,
  followed: m.explainFollowed,
  excluded: m.explainExcluded,
  notIncluded: m.explainNotIncluded,
  selector: m.explainSelector,
  notFollowed: m.explainNotFollowed,
} as const;

function settingsText({ from }: CollectorSettings, language: Language): string {
  if (from === undefined) return m.explainDefaults[language];
  if ('url' in from) return say(language, m.explainAsked, from);
  return say(language, m.explainFile, from);
}

function aboutText({ instance, rotated, choice, joining, rateLimit }: About, language: Language): string[] {
  const { namespace, pod, container, restart } = instance;
  const place = say(language, m.explainSource, { namespace, pod, container, restart });
  const chosen = choice.read === 'unknown' ? m.explainSelectorUnknown : choices[choice.because];
  const { bytesPerSecond, active, waits = 0, droppedBytes = 0 } = rateLimit;
  const limit = { bytesPerSecond, waits, droppedBytes };
  const limited = active === undefined ? m.explainLimitUnknown : active ? m.explainLimitActive : m.explainLimitInactive;
  return [
    `${place}${rotated ? m.explainRotated[language] : ''}`,
    say(language, chosen, { rule: 'rule' in choice ? choice.rule : '' }),
    joiningText(joining, language),
    bytesPerSecond === 0 ? m.explainNoLimit[language] : say(language, limited, limit),
  ];
}

function joiningText({ languages, rule }: Joining, language: Language): string {
  if (languages === undefined) return m.explainNotJoined[language];
  if (rule === undefined) return say(language, m.explainJoinedByAnnotation, { languages });
  return say(language, m.explainJoinedByRule, { languages, rule });
}
