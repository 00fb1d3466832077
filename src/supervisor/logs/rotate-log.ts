import { createReadStream, createWriteStream } from 'node:fs';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Rotated logs of one file, oldest first, with or without `.gz`. The timestamp in the name sorts by age. */
async function rotatedLogs(file: string): Promise<string[]> {
  const prefix = `${basename(file)}.`;
  const names = await readdir(dirname(file));
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(dirname(file), name));
}

/** `20060102-150405`, the kubelet's timestampFormat, in UTC. */
function rotationStamp(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

/**
 * Renames the live log as the kubelet does before it asks the runtime to reopen it.
 *
 * @returns `undefined` when one was rotated within the same second, whose name would be overwritten; try again later.
 */
export async function renameLiveLog(file: string, wallMs: number): Promise<string | undefined> {
  const rotated = `${file}.${rotationStamp(wallMs)}`;
  for (const name of [rotated, `${rotated}.gz`]) {
    const exists = await access(name).then(
      () => true,
      () => false,
    );
    if (exists) return undefined;
  }
  await rename(file, rotated);
  return rotated;
}

/**
 * What the kubelet does to the older logs (pkg/kubelet/logs/container_log_manager.go): leftovers of an interrupted
 * compression go, then the excess, oldest first, then all but the newest rotated log are compressed. The newest stays
 * plain, so that a reader which still has it open finds its end.
 *
 * @param maxFiles live log included, at least 2
 */
export async function tidyRotatedLogs(file: string, maxFiles: number): Promise<void> {
  const all = await rotatedLogs(file);
  const leftovers = all.filter((name) => name.endsWith('.tmp'));
  for (const name of leftovers) await rm(name, { force: true });
  // A kill between rename and delete leaves a log in both forms.
  const kept = all.filter((name) => !name.endsWith('.tmp') && !all.includes(`${name}.gz`));
  for (const name of all.filter((n) => all.includes(`${n}.gz`))) await rm(name, { force: true });
  const excess = kept.splice(0, Math.max(0, kept.length - (maxFiles - 1)));
  for (const name of excess) await rm(name, { force: true });
  for (const name of kept.slice(0, -1)) {
    if (!name.endsWith('.gz')) await compress(name);
  }
}

async function compress(file: string): Promise<void> {
  // Loaded at the first rotation: zlib costs every start some megabytes.
  const { createGzip } = await import('node:zlib');
  const draft = `${file}.tmp`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(draft));
  await rename(draft, `${file}.gz`);
  await rm(file, { force: true });
}
