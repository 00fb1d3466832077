import { write } from 'node:fs';

/** Writes every byte to a file or device, going on behind a short write. @throws what the file system says. */
export async function writeAll(fd: number, bytes: Buffer, signal: AbortSignal, written = { bytes: 0 }): Promise<void> {
  while (written.bytes < bytes.length) {
    signal.throwIfAborted();
    written.bytes += await writeSome(fd, bytes, written.bytes);
  }
}

function writeSome(fd: number, bytes: Buffer, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, from, bytes.length - from, null, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
