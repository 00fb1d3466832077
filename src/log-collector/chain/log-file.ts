import type { SourceLabel } from '../record/source-label.ts';
import type { ByteSource } from './byte-source.ts';
import type { FileStamp } from './file-identity.ts';

export interface LogFileOptions {
  readonly name: string;
  readonly order: string;
  readonly gz: boolean;
  readonly stamp: FileStamp;
  readonly id: string | undefined;
}

/** One file of a chain, from when it is first seen until the sink has taken everything in it. */
export class LogFile {
  name: string;
  /** Sort key among the files of its chain; changes when the file is rotated. */
  order: string;
  gz: boolean;
  stamp: FileStamp;
  /** Content identity; unknown until the first line is complete. */
  id: string | undefined;
  label: SourceLabel | undefined;
  /** Open while there may be something to read. */
  source: ByteSource | undefined;
  /** Offset up to which lines have been read. */
  read = 0;
  /** Offset up to which bytes are in the reader's buffer, about to become records. */
  buffered = 0;
  /** Bytes the file had when last looked at. */
  size: number;
  /** Most bytes it was seen to have by a scan while the reader could not come to it. */
  seenSize = 0;
  /** Monotonic milliseconds of the reader's last look at it. */
  lookedAt = 0;
  /** Read to its end, and nothing more will come. */
  drained = false;
  /** No name refers to it any more; only our descriptor keeps it on disk. */
  unlinked = false;
  /** Size at which only an unfinished line was left: not worth reading again before it grows. */
  waitSize = -1;
  /** Its first bytes, once its identity is known. */
  head: Buffer | undefined;
  /** It replaces a file that was cut: what that one left open will never be finished. */
  afterCut = false;
  /** A read is under way, so the source must not be closed. */
  busy = false;
  /** Monotonic milliseconds since when it has been at its end without growing. */
  quietSince: number | undefined;
  /** Known from the checkpoint; its bytes have not been found on disk yet. */
  readonly restored: boolean;

  constructor({ name, order, gz, stamp, id }: LogFileOptions, restored = false) {
    this.name = name;
    this.order = order;
    this.gz = gz;
    this.stamp = stamp;
    this.id = id;
    this.size = gz ? Number.POSITIVE_INFINITY : stamp.size;
    this.restored = restored;
  }

  /** Bytes known to be in it that have not been read. */
  get unread(): number {
    if (this.drained) return 0;
    return Math.max(0, this.knownSize - Math.max(this.read, this.buffered));
  }

  /** Bytes it has at least. */
  get knownSize(): number {
    return Math.max(Number.isFinite(this.size) ? this.size : 0, this.stamp.size, this.seenSize);
  }

  /** Looks at the size for the reader, which has not come by for a while: lag and held space must stay true. */
  glance(now: number, patienceMs: number): void {
    if (this.source === undefined || this.gz || now - this.lookedAt <= patienceMs) return;
    this.seenSize = Math.max(this.seenSize, this.source.size());
  }

  close(): void {
    this.source?.close();
    this.source = undefined;
  }
}

/** A place in a chain. */
export interface Position {
  readonly file: LogFile;
  readonly offset: number;
}
