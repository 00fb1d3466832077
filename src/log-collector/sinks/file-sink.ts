import { close, constants, fdatasync, fstatSync, ftruncateSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../make-folder.ts';
import type { Batch } from '../batch.ts';
import type { Counters } from '../counters.ts';
import { jsonLines } from '../record/json-lines.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { nothingRefused, type Refused, type Sink } from './sink.ts';
import { writeAll } from './write-all.ts';

export interface FileSinkOptions {
  readonly path: string;
  /** The file is renamed to `path.1`, `path.1` to `path.2` and so on once it has this many bytes; 0 never. */
  readonly maxBytes: number;
  /** Renamed files that are kept. */
  readonly maxFiles: number;
  readonly counters: Counters;
  /** The disk is full or the like: told at the first failure of a batch, which is then tried until it works. */
  readonly failing: (error: unknown) => void;
  readonly backoff?: BackoffOptions;
}

/**
 * JSON lines in a file of our own, rotated by size.
 *
 * A kill in the middle of a write leaves half a record at the end. It was not acknowledged, so it will be sent again:
 * opening cuts it off rather than leave a line that is no JSON.
 */
export class FileSink implements Sink {
  readonly encoder = jsonLines;
  readonly #options: FileSinkOptions;
  readonly #backoff: Backoff;
  #fd: number;
  #size: number;
  #dirty = false;

  /** @throws what the file system says if the file cannot be opened or made. */
  constructor(options: FileSinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ maxMs: 5_000, ...options.backoff });
    makeFolder(dirname(options.path));
    [this.#fd, this.#size] = openWhole(options.path);
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Refused> {
    this.#rotate(batch.length);
    const bytes = batch.bytes.subarray(0, batch.length);
    const written = { bytes: 0 };
    this.#backoff.reset();
    for (;;) {
      try {
        await writeAll(this.#fd, bytes, signal, written);
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (this.#backoff.attempts === 0) this.#options.failing(error);
        this.#options.counters.sinkRetries++;
        await this.#backoff.pause(signal);
      }
    }
    this.#size += bytes.length;
    this.#dirty = true;
    return nothingRefused;
  }

  async sync(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await promisify(fdatasync)(this.#fd);
  }

  async close(): Promise<void> {
    await promisify(close)(this.#fd);
  }

  #rotate(coming: number): void {
    const { path, maxBytes, maxFiles } = this.#options;
    if (maxBytes === 0 || this.#size === 0 || this.#size + coming <= maxBytes) return;
    const old = this.#fd;
    rmSync(`${path}.${maxFiles}`, { force: true });
    for (let n = maxFiles - 1; n >= 1; n--) renameIfThere(`${path}.${n}`, `${path}.${n + 1}`);
    if (maxFiles > 0) renameIfThere(path, `${path}.1`);
    else rmSync(path, { force: true });
    [this.#fd, this.#size] = openWhole(path);
    // What went into the old file must be as durable as the checkpoint that follows claims.
    fdatasync(old, () => close(old, () => {}));
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Opens for appending, behind the last complete line. */
function openWhole(path: string): [fd: number, size: number] {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o640);
  const { size } = fstatSync(fd);
  const block = Buffer.alloc(65_536);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - block.length);
    const got = readSync(fd, block, 0, end - from, from);
    const newline = block.lastIndexOf(0x0a, got - 1);
    if (newline !== -1) {
      if (from + newline + 1 < size) ftruncateSync(fd, from + newline + 1);
      return [fd, from + newline + 1];
    }
    end = from;
  }
  if (size > 0) ftruncateSync(fd, 0);
  return [fd, 0];
}
