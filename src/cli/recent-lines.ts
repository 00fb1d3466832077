import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseLogFileName } from '../log-collector/chain/log-path.ts';
import { fileIdOf, formatPlace } from '../log-collector/explain/record-place.ts';
import type { LogLine } from '../supervisor/control/protocol.ts';

/** Most bytes looked at from the end of one log. */
const tailBytes = 512 * 1024;
const record = /^(\S+) (stdout|stderr) ([FP]) (.*)$/;

/** One line of a program's log. */
export interface RecentLine extends LogLine {
  /** Where its first piece is, as `journey logs raw` takes it. */
  readonly where: string;
}

/** The last `count` lines of each program's newest log, in the order they were written. */
export async function recentLines(podLogs: string, programs: readonly string[], count: number): Promise<RecentLine[]> {
  const lines: RecentLine[] = [];
  for (const program of programs) {
    const file = await newestLog(podLogs, program);
    if (file !== undefined && count > 0) lines.push(...(await tail(file, program)).slice(-count));
  }
  return lines.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Whether the one was written before the other. */
export function isBefore(a: LogLine, b: LogLine): boolean {
  return comparable(a.time) < comparable(b.time);
}

/** Fractions of different lengths do not sort as text. */
function comparable(time: string): string {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

async function newestLog(podLogs: string, program: string): Promise<string | undefined> {
  let newest: { file: string; mtimeMs: number } | undefined;
  for (const pod of await readdir(podLogs).catch(() => [])) {
    const folder = join(podLogs, pod, program);
    for (const name of await readdir(folder).catch(() => [])) {
      if (!/^\d+\.log$/.test(name)) continue;
      const file = join(folder, name);
      const mtimeMs = await stat(file).then(
        (found) => found.mtimeMs,
        () => -1,
      );
      if (newest === undefined || mtimeMs > newest.mtimeMs) newest = { file, mtimeMs };
    }
  }
  return newest?.file;
}

async function tail(file: string, program: string): Promise<RecentLine[]> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const place = {
      podDirectory: basename(dirname(dirname(file))),
      container: basename(dirname(file)),
      restart: parseLogFileName(basename(file))?.restart ?? 0,
      fileId: fileIdOf(file),
    };
    const begins: number[] = [];
    const texts: string[] = [];
    // A tail begins in the middle of a record.
    for (let at = start === 0 ? 0 : buffer.indexOf(0x0a) + 1; at < bytesRead; ) {
      const newline = buffer.indexOf(0x0a, at);
      const end = newline === -1 || newline >= bytesRead ? bytesRead : newline;
      begins.push(start + at);
      texts.push(buffer.toString('utf8', at, end));
      at = end + 1;
    }
    const whereOf = (index: number) => formatPlace({ ...place, offset: begins[index] ?? 0 });
    return [...joined(texts, program, whereOf)];
  } finally {
    await handle.close();
  }
}

/** Records joined to lines: partial ones belong to the next of their stream. */
function* joined(texts: readonly string[], program: string, whereOf: (index: number) => string): Generator<RecentLine> {
  const begun = { stdout: '', stderr: '' };
  const from = { stdout: -1, stderr: -1 };
  for (const [index, text] of texts.entries()) {
    const [, time, stream, tag, content] = record.exec(text) ?? [];
    if (time === undefined || content === undefined || (stream !== 'stdout' && stream !== 'stderr')) continue;
    begun[stream] += content;
    if (from[stream] === -1) from[stream] = index;
    if (tag === 'P') continue;
    yield { program, stream, time, text: begun[stream], where: whereOf(from[stream]) };
    begun[stream] = '';
    from[stream] = -1;
  }
}
