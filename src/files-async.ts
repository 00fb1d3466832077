import { close, fsync, open, readFile, rename, writeFile } from 'node:fs';
import { promisify } from 'node:util';

/**
 * What we take of `node:fs/promises`, without that module: its file handles, and the streams of them, would be a megabyte
 * of every log collector.
 */
export const files = {
  close: promisify(close),
  fsync: promisify(fsync),
  open: promisify(open) as (path: string, flags: string, mode?: number) => Promise<number>,
  readFile: promisify(readFile),
  rename: promisify(rename),
  writeFile: promisify(writeFile),
};
