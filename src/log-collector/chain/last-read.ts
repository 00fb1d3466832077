import type { ContainerChain } from './container-chain.ts';

export interface LastReadOptions {
  /** Gives a chain one turn. */
  readonly turn: (chain: ContainerChain) => Promise<boolean>;
  /** Whether there is to be an end at once. */
  readonly expired: () => boolean;
  /** Waits a moment, for a rotated file to settle. */
  readonly pause: () => Promise<void>;
}

/**
 * Reads what is on disk at this moment, and not what is written meanwhile, so that a flooding container cannot keep a
 * process from ending. Without it the last second before a stop would wait for the next start, which may be minutes
 * away or on a node that is about to go.
 */
export async function lastRead(chains: Iterable<ContainerChain>, options: LastReadOptions): Promise<void> {
  let open = [...chains].map((chain) => ({ chain, target: chain.readBytes + onDisk(chain) }));
  while (open.length > 0 && !options.expired()) {
    let moved = false;
    for (const { chain } of open) {
      moved = (await options.turn(chain)) || moved;
      if (options.expired()) return;
    }
    open = open.filter(({ chain, target }) => chain.readBytes < target && hasMore(chain));
    if (!moved && open.length > 0) await options.pause();
  }
}

/** Bytes not read, by what the files' sizes are now. */
function onDisk(chain: ContainerChain): number {
  for (const file of chain.files) file.glance(Number.POSITIVE_INFINITY, 0);
  return chain.lagBytes;
}

/** Whether another turn can get further: there is a whole line, or a next file once this one has settled. */
function hasMore(chain: ContainerChain): boolean {
  const file = chain.current;
  if (file?.source === undefined) return false;
  // The reader may not have looked at it since it was empty: it was busy with the file before.
  const grown = file.size > file.read || file.unread > 0;
  return file !== chain.files.at(-1) || (grown && file.size !== file.waitSize);
}
