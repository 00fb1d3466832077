import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../supervisor/control/protocol.ts';

/** Most bytes looked at from the end of one log. */
const tailBytes = 512 * 1024;
const record = /^(\S+) (stdout|stderr) ([FP]) (.*)$/;

/** One line of a program's log with the time it was written. */
export interface RecentLine extends LogLine {
  /** RFC 3339 with up to nanoseconds, UTC. */
  readonly time: string;
}

/** The last `count` lines of each program's newest log, in the order they were written. */
export async function recentLines(podLogs: string, programs: readonly string[], count: number): Promise<RecentLine[]> {
  const lines: RecentLine[] = [];
  for (const program of programs) {
    const file = await newestLog(podLogs, program);
    if (file !== undefined && count > 0) lines.push(...(await tail(file, program)).slice(-count));
  }
  return lines.sort((a, b) => (comparable(a.time) < comparable(b.time) ? -1 : 1));
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
    const texts = buffer.toString('utf8', 0, bytesRead).split('\n');
    if (start > 0) texts.shift(); // begins in the middle of a record
    return [...joined(texts, program)];
  } finally {
    await handle.close();
  }
}

/** Records joined to lines: partial ones belong to the next of their stream. */
function* joined(texts: readonly string[], program: string): Generator<RecentLine> {
  const begun = { stdout: '', stderr: '' };
  for (const text of texts) {
    const [, time, stream, tag, content] = record.exec(text) ?? [];
    if (time === undefined || content === undefined || (stream !== 'stdout' && stream !== 'stderr')) continue;
    begun[stream] += content;
    if (tag === 'P') continue;
    yield { program, stream, time, text: begun[stream] };
    begun[stream] = '';
  }
}
