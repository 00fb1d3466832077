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
import type { Redactor } from '../line/redactor.ts';
import { scanText, TextScan } from '../line/text-scan.ts';
import { jsonLines } from '../record/json-lines.ts';
import { type ContainerInstance, sourceLabel } from '../record/source-label.ts';

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
}

export interface Explanation {
  readonly lines: readonly ExplainedLine[];
  /** What a sink would get, by the collector's own code. */
  readonly records: readonly unknown[];
  /** Streams on which a line was begun and not ended; it is the last of the records, marked `incomplete`. */
  readonly open: readonly string[];
}

export interface ExplainOptions {
  readonly instance: ContainerInstance;
  readonly node: string;
  readonly maxLineBytes: number;
  readonly fields: 'none' | 'json' | 'all';
  readonly redact: Redactor | undefined;
  readonly now: () => number;
}

/** Says of the bytes of a log what the collector makes of them, and why. */
export function explainLog(bytes: Buffer, options: ExplainOptions): Explanation {
  const { instance, node, maxLineBytes, fields, redact, now } = options;
  const stamp = { dev: '0', ino: '0', birth: '0', size: bytes.length };
  const closed = bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
  const id = identify(closed.subarray(0, headBytes), stamp) ?? '';
  const chain = new ContainerChain(instance, '');
  const file = new LogFile({ name: '0.log', order: liveOrder, gz: false, stamp, id });
  file.label = sourceLabel(node, instance, id);
  const batch = new Batch(65_536);
  const records: unknown[] = [];
  const take = () => {
    for (const line of batch.bytes.toString('utf8', 0, batch.length).split('\n')) {
      if (line !== '') records.push(JSON.parse(line));
    }
    batch.clear();
  };
  const reader = new LineReader(batch, {
    encoder: jsonLines,
    counters: new Counters(),
    budget: { used: 0, max: 4 * maxLineBytes },
    limits: { maxLineBytes, fields, traceLines: 500, traceBytes: maxLineBytes, traceWaitMs: 1_000 },
    redact: () => redact,
    now,
  });
  for (let at = 0; at < closed.length; take()) at = reader.lines(chain, file, closed, at, closed.length, 0, true);
  const open = chain.partials.flatMap((partial, stream) => (partial.open ? [streamNames[stream as 0 | 1]] : []));
  while (!reader.flushPartials(chain)) take();
  take();
  return { lines: explainLines(closed), records, open };
}

function explainLines(bytes: Buffer): ExplainedLine[] {
  const lines: ExplainedLine[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    lines.push({ offset: at, ...explainLine(bytes, at, end) });
    at = end + 1;
  }
  return lines;
}

function explainLine(bytes: Buffer, at: number, end: number): Omit<ExplainedLine, 'offset'> {
  const header = new CriHeader();
  if (parseCriHeader(header, bytes, at, end)) {
    const { timeEnd, stream, partial, textStart } = header;
    const time = bytes.toString('latin1', at, timeEnd);
    return { format: 'cri', time, stream: streamNames[stream], partial, text: textOf(bytes, textStart, end) };
  }
  const docker = parseDockerLine(bytes, at, end);
  if (docker === undefined) return { format: 'none', stream: 'unknown', partial: false, text: textOf(bytes, at, end) };
  const { time, stream, partial, text } = docker;
  return {
    format: 'docker',
    time: time.toString('latin1'),
    stream: streamNames[stream],
    partial,
    text: textOf(text, 0, text.length),
  };
}

function textOf(bytes: Buffer, from: number, end: number): TextFormat {
  const scan = new TextScan();
  const found = new Recognised();
  scanText(scan, bytes, from, end);
  recognise(found, bytes, from, end, scan.levelAt);
  return found.format;
}
