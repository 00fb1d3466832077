import type { ContainerChain } from './container-chain.ts';
import type { LogFile } from './log-file.ts';

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
  let open = [...chains].map((chain) => {
    const last = chain.files.at(-1);
    return { chain, last, end: last?.source?.size() ?? 0 };
  });
  while (open.length > 0 && !options.expired()) {
    let moved = false;
    for (const { chain } of open) {
      moved = (await options.turn(chain)) || moved;
      if (options.expired()) return;
    }
    open = open.filter(({ chain, last, end }) => hasMore(chain, last, end));
    if (!moved && open.length > 0) await options.pause();
  }
}

/** Whether it has not come to the `end` of the file that was the last, and another turn can get further. */
function hasMore(chain: ContainerChain, last: LogFile | undefined, end: number): boolean {
  const file = chain.current;
  if (file?.source === undefined || last === undefined) return false;
  // One before it is done with when it has settled.
  if (file !== last) return chain.files.indexOf(file) < chain.files.indexOf(last);
  // By what is on disk, and not by what the reader knew when it was busy with the files before; of a compressed file
  // nobody knows how much that is. Of an unfinished line there is no more.
  return (file.gz || file.read < end) && file.size !== file.waitSize;
}
