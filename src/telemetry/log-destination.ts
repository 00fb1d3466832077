import { setTimeout as delay } from 'node:timers/promises';
import { type DestinationStream, destination } from 'pino';

/** Lines waiting for a reader that does not read; beyond it the newest are dropped and counted. */
const maxWaitingBytes = 16 * 1_048_576;

export interface LogDestination extends DestinationStream {
  /** Lines dropped because nobody read them. */
  readonly dropped: number;
  /** Resolves when all lines so far are with the operating system, or after the deadline. */
  flush(deadlineMs: number): Promise<void>;
  /** The same at once, for the last lines of a dying process. Never throws. */
  flushSync(): void;
}

/**
 * Lines to a file descriptor without waiting for it. A line is handed to the operating system at once when none is
 * being written, together with all that came meanwhile otherwise: what a `kill -9` can lose is what one write call
 * was carrying. A reader that stops reading costs lines, never memory without bound or a stopped event loop.
 */
export function logDestination(fd: number): LogDestination {
  const stream = destination({ dest: fd, sync: false, minLength: 0, maxLength: maxWaitingBytes });
  let dropped = 0;
  stream.on('drop', () => dropped++);
  // A closed pipe: whoever read the lines is gone. That is no reason to stop serving.
  stream.on('error', () => {
    dropped++;
    settled = true;
  });
  // With minLength 0 the stream's own flush returns at once, whatever is under way. Leaving then cuts off the last line,
  // and if the reader is gone the stream's handler at exit tries again for ever (its flushSync never gives up on EPIPE;
  // only once the error was emitted does pino switch it off).
  let settled = true;
  stream.on('drain', () => {
    settled = true;
  });
  return {
    write(line) {
      settled = false;
      stream.write(line);
    },
    get dropped() {
      return dropped;
    },
    async flush(deadlineMs) {
      const end = performance.now() + deadlineMs;
      while (!settled && performance.now() < end) await delay(1);
    },
    flushSync: () => {
      try {
        stream.flushSync();
      } catch {
        // Not open yet, or closed: there is nowhere to say so.
      }
    },
  };
}
