import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import { parseLogFileName, parsePodDirectory } from '../../log-collector/chain/log-path.ts';
import { type ExplainedLine, type Explanation, explainLog } from '../../log-collector/explain/explain-log.ts';
import type { ContainerInstance } from '../../log-collector/record/source-label.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { messages as m } from '../messages.ts';

export interface LogsExplainOptions {
  readonly lines: number;
  readonly json?: boolean;
}

/** `journey logs explain`: what the collector makes of a line, or of the first lines of a file, and why. */
export async function logsExplain(context: CliContext, subject: string, options: LogsExplainOptions): Promise<number> {
  const { stdout, host } = context;
  const path = resolve(context.cwd, subject);
  const bytes = await contentOf(path);
  const { instance, rotated } = bytes === undefined ? unknownSource : sourceOf(path);
  const explanation = explainLog(firstLines(bytes ?? Buffer.from(subject), options.lines), {
    instance,
    node: host.hostname,
    maxLineBytes: 1_048_576,
    fields: 'all',
    redact: undefined,
    now: host.wallMs,
  });
  if (options.json === true) stdout.write(`${JSON.stringify({ instance, ...explanation })}\n`);
  else stdout.write(report(explanation, bytes === undefined ? undefined : { instance, rotated }, context));
  return exitCodes.ok;
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

const unknownSource: Source = {
  instance: { namespace: '?', pod: '?', uid: '?', container: '?', restart: 0 },
  rotated: false,
};

/** What a path in the kubelet's layout says; any other file is explained all the same. */
function sourceOf(path: string): Source {
  const name = parseLogFileName(basename(path));
  const pod = parsePodDirectory(basename(dirname(dirname(path))));
  if (name === undefined || pod === undefined) return unknownSource;
  const instance = { ...pod, container: basename(dirname(path)), restart: name.restart };
  return { instance, rotated: !name.live };
}

function report({ lines, records, open }: Explanation, source: Source | undefined, { language }: CliContext): string {
  const out: string[] = [];
  if (source !== undefined) {
    const { namespace, pod, container, restart } = source.instance;
    const place = say(language, m.explainSource, { namespace, pod, container, restart });
    out.push(`${place}${source.rotated ? m.explainRotated[language] : ''}`);
  }
  const describe = ({ offset, format, time = '-', stream, partial, text }: ExplainedLine) => {
    const known = say(language, m.explainLine, { offset, format, time, stream, text });
    if (format === 'none') return say(language, m.explainUnknown, { offset });
    return `${known}${(partial ? m.explainPiece : m.explainWhole)[language]}`;
  };
  out.push(...lines.map(describe), '', say(language, m.explainRecords, { count: records.length }));
  out.push(...records.map((record) => JSON.stringify(record)));
  for (const stream of open) out.push(say(language, m.explainOpen, { stream }));
  return `${out.join('\n')}\n`;
}
