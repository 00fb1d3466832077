import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** Roots of all cgroup trees: one on v2; on v1 one for each controller, and often a v2 one without any beside them. */
export function cgroupRoots(mounts = readFileSync('/proc/self/mounts', 'utf8')): string[] {
  return mounts.split('\n').flatMap((line) => {
    const [, folder, type] = line.split(' ');
    return folder !== undefined && (type === 'cgroup' || type === 'cgroup2') ? [folder] : [];
  });
}

export function makeCgroup(name: string): void {
  for (const root of cgroupRoots()) mkdirSync(join(root, name), { recursive: true });
}

/** Removes a cgroup and all below it from every tree; they are empty by now, or become so within moments. */
export async function removeCgroup(name: string): Promise<boolean> {
  const folders = () =>
    cgroupRoots()
      .map((root) => join(root, name))
      .filter((folder) => existsSync(folder));
  return await waitUntil(
    () => {
      for (const folder of folders()) removeTree(folder);
      return folders().length === 0;
    },
    { deadlineMs: 10_000, everyMs: 50 },
  );
}

/** Only rmdir works in a cgroup tree: the files in it are not files. */
function removeTree(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name));
    }
    rmdirSync(folder);
  } catch {
    // Busy while the last process of it is being buried; looked at again shortly.
  }
}
