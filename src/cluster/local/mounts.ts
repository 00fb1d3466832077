import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Tools } from './tools.ts';

/** Unmounts whatever is mounted on or below a folder, so that deleting it cannot follow a mount. @returns what stayed. */
export async function unmountBelow(folder: string, tools: Tools): Promise<readonly string[]> {
  for (const mount of mountsBelow(folder)) await tools.try('umount', ['--lazy', mount]);
  return mountsBelow(folder);
}

/** Removes work folders that a killed command left behind; call it where no other command can be at work. */
export async function removeLeftovers(folder: string, prefix: string, tools: Tools): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(prefix)) continue;
    const left = join(folder, entry.name);
    if ((await unmountBelow(left, tools)).length === 0) rmSync(left, { recursive: true, force: true });
  }
}

/** Deepest first. */
function mountsBelow(folder: string): string[] {
  return (
    readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? [])
      // The kernel writes a space as \040 and so on.
      .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
      .filter((path) => path === folder || path.startsWith(`${folder}/`))
      .sort((a, b) => b.length - a.length)
  );
}
