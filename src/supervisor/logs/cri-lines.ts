export type StreamName = 'stdout' | 'stderr';

/** A piece of a line as it goes into one CRI record. */
export interface LinePiece {
  readonly content: Buffer;
  /** `false` for all but the last piece of a long line, and for last words without a newline. */
  readonly full: boolean;
}

/** containerd's `max_container_log_line_size`: longer lines are cut into partial records of this many bytes. */
export const maxRecordBytes = 16 * 1024;

const newline = 0x0a;

/**
 * Cuts one output stream into the pieces containerd would log (containerd internal/cri/io/logger.go): at every
 * newline, after 16 KiB without one, and at the end. Holds at most 16 KiB.
 */
export class LineSplitter {
  #held: Buffer[] = [];
  #heldBytes = 0;

  *push(chunk: Buffer): Generator<LinePiece> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      const stop = end === -1 ? chunk.length : end;
      while (this.#heldBytes + (stop - start) > maxRecordBytes) {
        const cut = start + maxRecordBytes - this.#heldBytes;
        yield this.#take(chunk.subarray(start, cut), false);
        start = cut;
      }
      if (end === -1) break;
      yield this.#take(chunk.subarray(start, end), true);
      start = end + 1;
    }
    // A copy: the rest may wait long, and a view would keep the whole chunk alive.
    if (start < chunk.length) this.#hold(Buffer.from(chunk.subarray(start)));
  }

  /** What was written without a newline before the stream ended; containerd logs it as a partial record. */
  *end(): Generator<LinePiece> {
    if (this.#heldBytes > 0) yield this.#take(Buffer.alloc(0), false);
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
    // A program that writes byte by byte must not leave thousands of tiny buffers.
    if (this.#held.length > 32) this.#held = [Buffer.concat(this.#held)];
  }

  #take(rest: Buffer, full: boolean): LinePiece {
    const content = this.#heldBytes === 0 ? rest : Buffer.concat([...this.#held, rest]);
    this.#held = [];
    this.#heldBytes = 0;
    return { content, full };
  }
}

/** One line of a CRI log file: `<RFC3339Nano> <stream> <F|P> <content>`. */
export function criRecord(time: string, stream: StreamName, { content, full }: LinePiece): Buffer {
  const head = `${time} ${stream} ${full ? 'F' : 'P'} `;
  return Buffer.concat([Buffer.from(head, 'latin1'), content, Buffer.of(newline)]);
}
