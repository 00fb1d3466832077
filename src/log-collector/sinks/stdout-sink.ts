import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Batch } from '../batch.ts';
import { jsonLines } from '../record/json-lines.ts';
import { nothingRefused, type Refused, type Sink } from './sink.ts';
import { writeAll } from './write-all.ts';

/**
 * JSON lines on a descriptor, normally 1. A pipe or socket is written without blocking, so that a stalled reader stops
 * our reading and nothing else (a blocking write would freeze the health endpoints with it); `write` resolves when the
 * kernel has taken the last byte.
 *
 * A reader that has gone away (EPIPE) cannot come back: the error ends the program, whose checkpoint then stands
 * before the batch.
 */
export class StdoutSink implements Sink {
  readonly encoder = jsonLines;
  readonly #fd: number;
  readonly #socket: Socket | undefined;
  #closed: Error | undefined;

  constructor(fd: number) {
    this.#fd = fd;
    const stats = fstatSync(fd);
    if (!stats.isFIFO() && !stats.isSocket()) return;
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('error', (error) => {
      this.#closed = error;
    });
  }

  write(batch: Batch, signal: AbortSignal): Promise<Refused> {
    const bytes = batch.bytes.subarray(0, batch.length);
    if (this.#socket === undefined) return writeAll(this.#fd, bytes, signal).then(() => nothingRefused);
    return this.#send(this.#socket, bytes, signal);
  }

  #send(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<Refused> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      socket.write(bytes, (error) => {
        signal.removeEventListener('abort', stop);
        if (error) reject(error);
        else resolve(nothingRefused);
      });
    });
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
  }
}
