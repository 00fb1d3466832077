import { write, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Characters that may wait for a reader that does not read; beyond it the newest lines are dropped and counted. */
const maxWaiting = 16 * 1_048_576;
/** How long lines are collected before they go out together, in milliseconds. */
const collectMs = 10;
/** After how long a pipe that was full is tried again, in milliseconds. */
const retryMs = 5;

export interface LogDestination extends DestinationStream {
  /** Lines dropped because nobody read them. */
  readonly dropped: number;
  /** Resolves when all lines so far are with the operating system, or after the deadline. */
  flush(deadlineMs: number): Promise<void>;
  /** The same at once, for the last lines of a dying process. Never throws. */
  flushSync(): void;
}

/**
 * Lines to a file descriptor, without waiting for it and many at a time. pino's own sonic-boom measures its whole buffer
 * again at every line, which made the log the dearest part of a cached read, and its flush does not wait for a write
 * under way.
 *
 * A `kill -9` can lose the lines of the last {@link collectMs} and the write under way. A reader that stops reading costs
 * lines, never memory without bound or a stopped event loop.
 */
export function logDestination(fd: number): LogDestination {
  let waiting = '';
  let underWay: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;
  const idle: (() => void)[] = [];

  const send = (): void => {
    timer = undefined;
    if (underWay === undefined) {
      if (waiting === '') {
        for (const resolve of idle.splice(0)) resolve();
        return;
      }
      underWay = Buffer.from(waiting);
      waiting = '';
    }
    write(fd, underWay, 0, underWay.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        timer = setTimeout(send, retryMs);
        return;
      }
      if (error !== null) {
        // A closed pipe: whoever read the lines is gone. That is no reason to stop serving.
        dropped += countLines(underWay);
        underWay = undefined;
      } else {
        underWay = written === underWay?.length ? undefined : underWay?.subarray(written);
      }
      if (underWay !== undefined || idle.length > 0) send();
      else if (waiting !== '') timer = setTimeout(send, collectMs);
    });
  };

  return {
    write(line) {
      if (waiting.length + line.length > maxWaiting) {
        dropped++;
        return;
      }
      waiting += line;
      if (timer === undefined && underWay === undefined) timer = setTimeout(send, collectMs);
    },
    get dropped() {
      return dropped;
    },
    flush(deadlineMs) {
      return new Promise((resolve) => {
        const late = setTimeout(resolve, deadlineMs);
        idle.push(() => {
          clearTimeout(late);
          resolve();
        });
        if (underWay === undefined) {
          clearTimeout(timer);
          send();
        }
      });
    },
    flushSync() {
      const deadline = Date.now() + 1_000;
      // What is under way may arrive twice then: better than not at all, in the last words of a process.
      let rest = Buffer.concat([underWay ?? Buffer.alloc(0), Buffer.from(waiting)]);
      waiting = '';
      while (rest.length > 0 && Date.now() < deadline) {
        try {
          rest = rest.subarray(writeSync(fd, rest));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        }
      }
    },
  };
}

function countLines(bytes: Buffer | undefined): number {
  return bytes?.filter((byte) => byte === 0x0a).length ?? 0;
}
