import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from '../../errors/journey-error.ts';
import { criRecord, type LinePiece, LineSplitter, type StreamName } from './cri-lines.ts';
import { rfc3339Nano } from './rfc3339-nano.ts';
import { renameLiveLog, tidyRotatedLogs } from './rotate-log.ts';

export interface CriLogWriterOptions {
  /** Path of the live log, `…/<container>/<restart>.log`; its folder is made when missing. */
  readonly file: string;
  /** Size at which the live log is rotated; the kubelet's `containerLogMaxSize`, 10 MiB. */
  readonly maxBytes: number;
  /** Files kept of one container instance, the live one included; the kubelet's `containerLogMaxFiles`, 5. */
  readonly maxFiles: number;
  /** Nanoseconds since the epoch. */
  readonly now: () => bigint;
  /**
   * Sees every piece once it is in the file, or the disk has refused it, with the time it has there: who listens first
   * and then reads the file misses nothing.
   */
  readonly onLine?: OnLine;
  /** The disk refuses: said once until it accepts again. */
  readonly onTrouble?: (trouble: LogTrouble) => void;
}

export type OnLine = (stream: StreamName, piece: LinePiece, time: string) => void;

export type LogTrouble =
  | { readonly kind: 'failing'; readonly file: string; readonly reason: string }
  | { readonly kind: 'recovered'; readonly file: string; readonly lostLines: number }
  | { readonly kind: 'rotation'; readonly file: string; readonly reason: string };

/**
 * Writes a program's output where and as the container runtime and the kubelet would.
 *
 * A chunk is read from the pipe only when the one before is on disk, so a program that writes faster than the disk
 * waits in its own write call and nothing piles up here. A disk that refuses loses lines (counted and said), never
 * the program: its pipe is drained all the same.
 */
export class CriLogWriter {
  readonly #options: CriLogWriterOptions;
  #handle: FileHandle | undefined;
  #size = 0;
  #lostLines = 0;
  #failing = false;
  #queue: Promise<void> = Promise.resolve();
  #tidying: Promise<void> = Promise.resolve();

  constructor(options: CriLogWriterOptions) {
    this.#options = options;
  }

  /** Logs one stream until it ends. Resolves when all of it is written. Both streams may be drained at once. */
  async drain(stream: StreamName, source: AsyncIterable<Buffer>): Promise<void> {
    const splitter = new LineSplitter();
    try {
      for await (const chunk of source) await this.#append(stream, splitter.push(chunk));
    } finally {
      await this.#append(stream, splitter.end());
    }
  }

  /** Waits for what is being written and for compression, then closes the file. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#tidying;
    await this.#drop();
  }

  #append(stream: StreamName, pieces: Iterable<LinePiece>): Promise<void> {
    const { now, onLine } = this.#options;
    const timed = Array.from(pieces, (piece) => ({ piece, time: rfc3339Nano(now()) }));
    if (timed.length === 0) return Promise.resolve();
    this.#queue = this.#queue.then(async () => {
      await this.#write(timed.map(({ piece, time }) => criRecord(time, stream, piece)));
      if (onLine !== undefined) for (const { piece, time } of timed) onLine(stream, piece, time);
    });
    return this.#queue;
  }

  async #write(records: readonly Buffer[]): Promise<void> {
    try {
      this.#handle ??= await this.#open();
      const bytes = Buffer.concat(records);
      await writeAll(this.#handle, bytes);
      this.#size += bytes.length;
    } catch (error) {
      return this.#lose(records.length, error);
    }
    if (this.#failing) {
      this.#failing = false;
      this.#options.onTrouble?.({ kind: 'recovered', file: this.#options.file, lostLines: this.#lostLines });
      this.#lostLines = 0;
    }
    if (this.#size >= this.#options.maxBytes) await this.#rotate();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#options.file), { recursive: true });
    const handle = await open(this.#options.file, 'a');
    this.#size = (await handle.stat()).size;
    return handle;
  }

  /** Half a record must not stay: the next one would be glued to it. The file is opened anew for the next attempt. */
  async #lose(lines: number, error: unknown): Promise<void> {
    this.#lostLines += lines;
    await this.#handle?.truncate(this.#size).catch(() => undefined);
    await this.#drop();
    if (this.#failing) return;
    this.#failing = true;
    this.#options.onTrouble?.({ kind: 'failing', file: this.#options.file, reason: reasonOf(error) });
  }

  async #drop(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #rotate(): Promise<void> {
    const { file, maxFiles, now } = this.#options;
    const report = (error: unknown) => this.#options.onTrouble?.({ kind: 'rotation', file, reason: reasonOf(error) });
    try {
      if ((await renameLiveLog(file, Number(now() / 1_000_000n))) === undefined) return;
      await this.#drop();
      this.#handle = await this.#open();
      // Beside the writing: compressing 10 MiB takes longer than a pipe can wait.
      this.#tidying = this.#tidying.then(() => tidyRotatedLogs(file, maxFiles)).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

/** `FileHandle.write` may write less than asked, notably on a disk that is filling up. */
async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}
