import { closeSync, fstatSync, readSync } from 'node:fs';

/** Where the bytes of one log file come from: the file itself, or what its gzip form unpacks to. */
export interface ByteSource {
  /** Reads up to `length` bytes at `position` into the start of `target`. 0 means: nothing there, for now. */
  read(target: Buffer, length: number, position: number): Promise<number>;
  /** Bytes there are, as far as known; a gzip form knows only at its end. */
  size(): number;
  /** The first bytes, at most `length`; a gzip form has said them when it was opened, and gives none. */
  head(length: number): Buffer;
  /** Whether the file still begins with these bytes. */
  beginsWith(head: Buffer): boolean;
  /** Whether no name refers to the file any more. */
  unlinked(): boolean;
  close(): void;
}

/** How much of a file's start is kept to notice that it was cut and written anew. */
export const headKept = 128;
const headScratch = Buffer.alloc(headKept);

/** An open plain file. While it is open its inode cannot be given to another file. */
export class PlainSource implements ByteSource {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * At once, not by a thread: what is being written is in the page cache, where reading costs less than handing over,
   * and a disk that hangs would hang the looks at directories as well.
   */
  async read(target: Buffer, length: number, position: number): Promise<number> {
    return readSync(this.#fd, target, 0, length, position);
  }

  size(): number {
    return fstatSync(this.#fd).size;
  }

  head(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(length, this.size()));
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, bytes.length, 0));
  }

  beginsWith(head: Buffer): boolean {
    const length = readSync(this.#fd, headScratch, 0, head.length, 0);
    return length === head.length && head.compare(headScratch, 0, length) === 0;
  }

  unlinked(): boolean {
    return fstatSync(this.#fd).nlink === 0;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
