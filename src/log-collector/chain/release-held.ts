import type { ContainerChain } from './container-chain.ts';
import type { LogFile } from './log-file.ts';

/** Disk space that only our open descriptors keep in use. */
export function heldBytes(chains: Iterable<ContainerChain>): number {
  let sum = 0;
  for (const chain of chains) for (const file of chain.files) if (isHeld(file)) sum += file.knownSize;
  return sum;
}

function isHeld(file: LogFile): boolean {
  return file.unlinked && file.source !== undefined;
}

/**
 * Lets go of deleted files, oldest first, until what is held fits the cap: a collector that waits for its sink must
 * not fill the node's disk with files nobody can see any more (vector#11742). What was unread in them is lost.
 */
export function releaseHeld(
  chains: Iterable<ContainerChain>,
  maxBytes: number,
  released: (chain: ContainerChain, file: LogFile, unreadBytes: number) => void,
): void {
  const held: { chain: ContainerChain; file: LogFile }[] = [];
  let sum = 0;
  for (const chain of chains) {
    for (const file of chain.files) {
      if (!isHeld(file)) continue;
      held.push({ chain, file });
      sum += file.knownSize;
    }
  }
  for (const { chain, file } of held) {
    if (sum <= maxBytes) return;
    // Its turn is under way; the next scan comes to it again.
    if (file.busy) continue;
    sum -= file.knownSize;
    const unread = file.unread;
    file.drained = true;
    file.close();
    released(chain, file, unread);
  }
}
