import type { ContainerChain } from '../chain/container-chain.ts';
import type { LogFile } from '../chain/log-file.ts';

/** How much is looked at in one go, from the end backwards. */
const stepBytes = 65_536;

/**
 * Places a chain that has just been found so that reading begins with its last `count` lines on disk, and everything
 * before counts as taken. Compressed files are passed over: what is asked for is the end.
 */
export async function placeAtLastLines(chain: ContainerChain, count: number): Promise<void> {
  let wanted = count;
  for (const file of [...chain.files].reverse()) {
    // Without one whole line a file has no identity yet; it is read from its start.
    if (!file.gz && file.id === undefined) continue;
    const isLive = file === chain.files.at(-1);
    if (file.gz || (wanted === 0 && !isLive)) {
      file.read = file.stamp.size;
      file.drained = true;
      file.close();
      continue;
    }
    const { offset, lines } = await startOfLastLines(file, wanted);
    file.read = offset;
    wanted -= lines;
  }
  const first = chain.current;
  if (first !== undefined) chain.committed.fill({ file: first, offset: first.read });
}

/** Where the last `count` whole lines begin, with what may stand behind them unfinished; and how many there are. */
async function startOfLastLines(file: LogFile, count: number): Promise<{ offset: number; lines: number }> {
  const { source } = file;
  const bytes = Buffer.allocUnsafe(stepBytes);
  let lines = -1;
  for (let end = source?.size() ?? 0; end > 0 && source !== undefined; end -= stepBytes) {
    const begin = Math.max(0, end - stepBytes);
    const got = await source.read(bytes, end - begin, begin);
    for (let at = bytes.lastIndexOf(0x0a, got - 1); at !== -1; at = at === 0 ? -1 : bytes.lastIndexOf(0x0a, at - 1)) {
      if (at >= got) continue;
      lines++;
      if (lines === count) return { offset: begin + at + 1, lines };
    }
  }
  return { offset: 0, lines: lines + 1 };
}
