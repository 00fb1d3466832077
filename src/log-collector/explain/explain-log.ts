import { Batch } from '../batch.ts';
import { ContainerChain } from '../chain/container-chain.ts';
import { headBytes, identify } from '../chain/file-identity.ts';
import { LineReader } from '../chain/line-reader.ts';
import { LogFile } from '../chain/log-file.ts';
import { liveOrder } from '../chain/log-path.ts';
import { Counters } from '../counters.ts';
import { CriHeader, parseCriHeader, streamNames } from '../line/cri-line.ts';
import { parseDockerLine } from '../line/docker-line.ts';
import { Recognised, recognise, type TextFormat } from '../line/level.ts';
import { type Redactor, redactor } from '../line/redactor.ts';
import { scanText, TextScan } from '../line/text-scan.ts';
import { jsonLines } from '../record/json-lines.ts';
import { type ContainerInstance, sourceLabel } from '../record/source-label.ts';
import { type TraceRules, traceLanguages, traceRulesOf } from '../trace/trace-rules.ts';

/** What one line on disk was found to be. */
export interface ExplainedLine {
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  readonly format: 'cri' | 'docker' | 'none';
  readonly time?: string;
  readonly stream: (typeof streamNames)[number];
  /** A piece of a longer line, which the next of its stream goes on with. */
  readonly partial: boolean;
  /** What the text is, by itself. */
  readonly text: TextFormat;
  /** Its part in a stack trace, by the rules that hold for the container, or else by all there are. */
  readonly trace: TraceRole;
}

/**
 * `begins` one that goes on, `continues` one, `mayBegin`: waits for what may follow, since a message can be anything;
 * `never`, as a piece, JSON, or where nothing is joined.
 */
export type TraceRole = 'begins' | 'continues' | 'mayBegin' | 'never';

export interface Explanation {
  readonly lines: readonly ExplainedLine[];
  /** What a sink would get, by the collector's own code. */
  readonly records: readonly unknown[];
  /** Of each record: the rules of `records.redact` that took something out of it. */
  readonly redactedBy: readonly (readonly string[])[];
  /** Streams on which a line was begun and not ended; it is the last of the records, marked `incomplete`. */
  readonly open: readonly string[];
}

export interface ExplainOptions {
  readonly instance: ContainerInstance;
  readonly node: string;
  readonly maxLineBytes: number;
  readonly fields: 'none' | 'json' | 'all';
  /** The rules of `records.redact`. */
  readonly redact: readonly string[];
  /** How the container's stack traces are joined; `undefined`: they are not. */
  readonly traces?: TraceRules | undefined;
  readonly traceLimits?: { readonly maxLines: number; readonly maxBytes: number; readonly waitMs: number };
  readonly now: () => number;
}

/** Says of the bytes of a log what the collector makes of them, and why. */
export function explainLog(bytes: Buffer, options: ExplainOptions): Explanation {
  const { instance, node, maxLineBytes, fields, now, traces } = options;
  const { maxLines, maxBytes, waitMs } = options.traceLimits ?? {
    maxLines: 500,
    maxBytes: maxLineBytes,
    waitMs: 1_000,
  };
  const redact = redactor(options.redact);
  const stamp = { dev: '0', ino: '0', birth: '0', size: bytes.length };
  const closed = bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
  const id = identify(closed.subarray(0, headBytes), stamp) ?? '';
  const chain = new ContainerChain(instance, '');
  chain.traceRules = traces;
  const file = new LogFile({ name: '0.log', order: liveOrder, gz: false, stamp, id });
  file.label = sourceLabel(node, instance, id);
  const batch = new Batch(65_536);
  const records: JsonRecord[] = [];
  const take = () => {
    for (const line of batch.bytes.toString('utf8', 0, batch.length).split('\n')) {
      if (line !== '') records.push(JSON.parse(line) as JsonRecord);
    }
    batch.clear();
  };
  const reader = new LineReader(batch, {
    encoder: jsonLines,
    counters: new Counters(),
    budget: { used: 0, max: 4 * maxLineBytes },
    limits: { maxLineBytes, fields, traceLines: maxLines, traceBytes: maxBytes, traceWaitMs: waitMs },
    redact: () => redact,
    now,
  });
  for (let at = 0; at < closed.length; take()) at = reader.lines(chain, file, closed, at, closed.length, 0, true);
  const open = chain.partials.flatMap((partial, stream) => (partial.open ? [streamNames[stream as 0 | 1]] : []));
  while (!reader.flushPartials(chain)) take();
  take();
  const lines = explainLines(closed);
  const made = records.map((record) => linesOf(record, lines));
  const rules = options.redact.map((pattern) => [pattern, redactor([pattern])] as const);
  return {
    lines: lines.map((line) => ({ ...line.said, trace: roleOf(line, made, traces) })),
    records,
    redactedBy: made.map((whole) => redactedBy(whole, rules)),
    open,
  };
}

interface JsonRecord {
  readonly stream: string;
  readonly offset: number;
  readonly lines?: number;
}

interface Line {
  readonly said: Omit<ExplainedLine, 'trace'>;
  readonly body: Buffer;
}

/** A line of a record, put together from its pieces. */
interface Whole {
  readonly text: Buffer;
  /** The piece that ends it, or the last there is. */
  readonly last: Line;
}

function linesOf({ stream, offset, lines: count = 1 }: JsonRecord, lines: readonly Line[]): readonly Whole[] {
  const found: Whole[] = [];
  let pieces: Buffer[] = [];
  for (const line of lines) {
    if (line.said.stream !== stream || line.said.offset < offset) continue;
    pieces.push(line.body);
    if (pieces.length > 1) found.pop();
    found.push({ text: Buffer.concat(pieces), last: line });
    if (line.said.partial) continue;
    pieces = [];
    if (found.length === count) break;
  }
  return found;
}

/** Rules see each line, and joined ones once more together; one after the other, as the collector applies them. */
function redactedBy(whole: readonly Whole[], rules: readonly (readonly [string, Redactor | undefined])[]): string[] {
  const changed = new Set<string>();
  const clean = (text: Buffer) =>
    rules.reduce((before, [pattern, redact]) => {
      const after = redact?.(before, 0, before.length);
      if (after !== undefined) changed.add(pattern);
      return after ?? before;
    }, text);
  const cleaned = whole.map(({ text }) => clean(text));
  if (cleaned.length > 1) clean(Buffer.from(cleaned.join('\n')));
  return rules.map(([pattern]) => pattern).filter((pattern) => changed.has(pattern));
}

function roleOf(line: Line, made: readonly (readonly Whole[])[], traces: TraceRules | undefined): TraceRole {
  if (line.said.partial || line.said.stream === 'unknown') return 'never';
  const record = made.find((whole) => whole.some(({ last }) => last === line)) ?? [];
  const index = record.findIndex(({ last }) => last === line);
  if (index > 0) return 'continues';
  if (record.length > 1) return 'begins';
  const text = (record[0]?.text ?? line.body).toString('latin1');
  const rules = traces ?? traceRulesOf(traceLanguages.join('+'));
  if (traces === undefined && rules.next('any', text) !== undefined) return 'continues';
  const state = rules.begin(text);
  return state === undefined ? 'never' : state === 'any' ? 'mayBegin' : 'begins';
}

function explainLines(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const { body, ...said } = explainLine(bytes, at, end);
    lines.push({ said: { offset: at, ...said }, body });
    at = end + 1;
  }
  return lines;
}

function explainLine(bytes: Buffer, at: number, end: number): Omit<Line['said'], 'offset'> & Pick<Line, 'body'> {
  const header = new CriHeader();
  if (parseCriHeader(header, bytes, at, end)) {
    const { timeEnd, stream, partial, textStart } = header;
    const time = bytes.toString('latin1', at, timeEnd);
    const text = textOf(bytes, textStart, end);
    return { format: 'cri', time, stream: streamNames[stream], partial, text, body: bytes.subarray(textStart, end) };
  }
  const docker = parseDockerLine(bytes, at, end);
  if (docker === undefined) {
    const text = textOf(bytes, at, end);
    return { format: 'none', stream: 'unknown', partial: false, text, body: bytes.subarray(at, end) };
  }
  const { time, stream, partial, text } = docker;
  return {
    format: 'docker',
    time: time.toString('latin1'),
    stream: streamNames[stream],
    partial,
    text: textOf(text, 0, text.length),
    body: text,
  };
}

function textOf(bytes: Buffer, from: number, end: number): TextFormat {
  const scan = new TextScan();
  const found = new Recognised();
  scanText(scan, bytes, from, end);
  recognise(found, bytes, from, end, scan.levelAt);
  return found.format;
}
