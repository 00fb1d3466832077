import { close, createReadStream, fstatSync } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';

/**
 * What a gzipped file unpacks to, read forwards. A reader that steps back to the start of an unfinished line finds it
 * in the window that is kept; a jump behind the window unpacks from the start again.
 */
export class GzipSource implements ByteSource {
  readonly #fd: number;
  #stream: Gunzip | undefined;
  #chunks: AsyncIterator<Buffer> | undefined;
  #window: Buffer = Buffer.alloc(0);
  /** Unpacked offset of the window's first byte. */
  #start = 0;
  #ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async read(target: Buffer, length: number, position: number): Promise<number> {
    if (position < this.#start) this.#restart();
    while (!this.#ended && this.#start + this.#window.length < position + length) await this.#more(position);
    const from = position - this.#start;
    if (from >= this.#window.length) return 0;
    return this.#window.copy(target, 0, from, from + length);
  }

  async #more(position: number): Promise<void> {
    this.#chunks ??= this.#open();
    const { value, done } = await this.#chunks.next();
    if (done === true) {
      this.#ended = true;
      return;
    }
    const useless = Math.min(Math.max(0, position - this.#start), this.#window.length);
    this.#window = Buffer.concat([this.#window.subarray(useless), value]);
    this.#start += useless;
  }

  #open(): AsyncIterator<Buffer> {
    const file = createReadStream('', { fd: this.#fd, autoClose: false, start: 0 });
    this.#stream = createGunzip();
    // An error of the file must end the unpacking too, or the reader would wait for ever.
    file.on('error', (error) => this.#stream?.destroy(error));
    return file.pipe(this.#stream)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  #restart(): void {
    this.#stream?.destroy();
    this.#chunks = undefined;
    this.#window = Buffer.alloc(0);
    this.#start = 0;
    this.#ended = false;
  }

  size(): number {
    return this.#ended ? this.#start + this.#window.length : Number.POSITIVE_INFINITY;
  }

  head(): Buffer {
    return Buffer.alloc(0);
  }

  /** A gzip form is written once. */
  beginsWith(): boolean {
    return true;
  }

  unlinked(): boolean {
    return fstatSync(this.#fd).nlink === 0;
  }

  close(): void {
    this.#stream?.destroy();
    // The stream does not own the descriptor, and a read of it may be under way: let that end first.
    setImmediate(closeQuietly, this.#fd);
  }
}

function closeQuietly(fd: number): void {
  close(fd, () => {});
}
