import { createHash } from 'node:crypto';
import { closeSync, constants, copyFileSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Copies a damaged file, with its `-wal` and `-shm`, to `<file>.damaged-<time>`. A program that is restarted again and
 * again must not fill the disk with copies, so one with the same bytes is used as it is.
 *
 * @returns the path of the copy; the file itself when there is no room for one (it stays where it is, untouched).
 */
export function keepAside(file: string, now: number): string {
  const earlier = findEqual(file);
  if (earlier !== undefined) return earlier;
  const copy = `${file}.damaged-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  try {
    for (const suffix of ['-wal', '-shm', '']) {
      if (existsSync(file + suffix)) {
        copyFileSync(file + suffix, copy + suffix, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      }
    }
    return copy;
  } catch {
    return file;
  }
}

function findEqual(file: string): string | undefined {
  const folder = dirname(file);
  const size = statSync(file).size;
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(file)}.damaged-`) && !/-(wal|shm)$/.test(name))
    .map((name) => join(folder, name))
    .find((path) => statSync(path).size === size && hashOf(path) === hashOf(file));
}

function hashOf(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1 << 20);
  const descriptor = openSync(path, 'r');
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
