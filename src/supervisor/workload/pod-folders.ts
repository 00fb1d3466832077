import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pod, podLogFolder } from './pod.ts';

/** A Pod's log folder found on disk. */
interface PodFolder {
  readonly folder: string;
  /** `<namespace>_<owner>`: what the Pod was one of. */
  readonly group: string;
  readonly newestMs: number;
}

export interface PrunePodFoldersOptions {
  readonly root: string;
  /** Pods that run; never touched. */
  readonly alive: readonly Pod[];
  /** Folders kept of each workload beside the running one, newest first. */
  readonly keep: number;
  /** Folders of this workload are left alone: something else decides about them. */
  readonly except: string;
}

/**
 * Removes log folders of Pods that are gone, as the kubelet's garbage collection does, but keeps the newest of each
 * workload: they hold the last words of earlier starts. Call it when the collector has had time to read them.
 *
 * @returns the folders removed
 */
export async function prunePodFolders({ root, alive, keep, except }: PrunePodFoldersOptions): Promise<string[]> {
  const running = new Set(alive.map((pod) => podLogFolder(root, pod)));
  const groups = new Map<string, PodFolder[]>();
  for (const found of await listPodFolders(root)) {
    if (running.has(found.folder) || found.group === except) continue;
    groups.set(found.group, [...(groups.get(found.group) ?? []), found]);
  }
  const removed: string[] = [];
  for (const found of groups.values()) {
    const old = found.sort((a, b) => b.newestMs - a.newestMs).slice(keep);
    for (const { folder } of old) {
      await rm(folder, { recursive: true, force: true });
      removed.push(folder);
    }
  }
  return removed;
}

async function listPodFolders(root: string): Promise<PodFolder[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const folder = join(root, name);
        // The newest container folder: a log's own growth does not touch the Pod's folder.
        const inside = await readdir(folder, { recursive: true }).catch(() => []);
        const times = await Promise.all(
          inside.map((path) =>
            stat(join(folder, path)).then(
              ({ mtimeMs }) => mtimeMs,
              () => 0,
            ),
          ),
        );
        const [namespace = '', pod = ''] = name.split('_');
        return { folder, group: `${namespace}_${pod.replace(/-[^-]*$/, '')}`, newestMs: Math.max(0, ...times) };
      }),
  );
}
