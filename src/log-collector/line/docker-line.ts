import type { StreamIndex } from './cri-line.ts';
import { skipTime } from './cri-line.ts';

/** One line of docker's json-file driver. */
export interface DockerLine {
  /** Text without its newline. */
  readonly text: Buffer;
  readonly time: Buffer;
  readonly stream: StreamIndex;
  /** docker marks a piece of a longer line by leaving the newline out of `log`. */
  readonly partial: boolean;
}

/** `{"log":"…\n","stream":"stdout","time":"…"}` between `from` and `end`, or `undefined` if it is anything else. */
export function parseDockerLine(bytes: Buffer, from: number, end: number): DockerLine | undefined {
  if (bytes[from] !== 0x7b || bytes[end - 1] !== 0x7d) return undefined;
  let value: { log?: unknown; stream?: unknown; time?: unknown };
  try {
    value = JSON.parse(bytes.toString('utf8', from, end));
  } catch {
    return undefined;
  }
  const { log, stream, time } = value;
  if (typeof log !== 'string' || typeof time !== 'string' || (stream !== 'stdout' && stream !== 'stderr')) {
    return undefined;
  }
  const timeBytes = Buffer.from(time, 'latin1');
  if (skipTime(timeBytes, 0, timeBytes.length) !== timeBytes.length) return undefined;
  const closed = log.endsWith('\n');
  return {
    text: Buffer.from(closed ? log.slice(0, -1) : log),
    time: timeBytes,
    stream: stream === 'stdout' ? 0 : 1,
    partial: !closed,
  };
}
