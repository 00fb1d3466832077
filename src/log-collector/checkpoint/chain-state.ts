import type { ContainerChain } from '../chain/container-chain.ts';
import { LogFile, type Position } from '../chain/log-file.ts';
import { parseLogFileName } from '../chain/log-path.ts';
import { traceRulesOf } from '../trace/trace-rules.ts';
import type { ChainState } from './checkpoint-data.ts';

/** What is to be kept of a chain: only what the sink has taken counts as read. */
export function saveChain(chain: ContainerChain): ChainState {
  const { files, finished, committed } = chain;
  return {
    files: files.map(({ name, id, stamp, size }) => ({
      name,
      ...(id === undefined ? {} : { id }),
      dev: stamp.dev,
      ino: stamp.ino,
      birth: stamp.birth,
      size: Number.isFinite(size) ? Math.max(size, 0) : stamp.size,
    })),
    streams: committed.map((position) => [Math.max(0, indexOf(files, position)), position?.offset ?? 0] as const),
    ...(chain.traceRules === undefined ? {} : { traces: chain.traceRules.name }),
    finished: finished.map(({ id, name, size }) => ({ id, name, size })),
  };
}

function indexOf(files: readonly LogFile[], position: Position | undefined): number {
  return position === undefined ? 0 : files.indexOf(position.file);
}

/**
 * Puts a chain back where its streams had been committed. Reading starts at the lowest of the positions; what another
 * stream had delivered beyond it is passed over.
 */
export function restoreChain(chain: ContainerChain, state: ChainState): void {
  for (const { name, id, dev, ino, birth, size } of state.files) {
    const parsed = parseLogFileName(name);
    if (parsed === undefined) continue;
    const stamp = { dev, ino, birth, size };
    const file = new LogFile({ name, order: parsed.order, gz: parsed.gz, stamp, id }, true);
    file.size = size;
    chain.files.push(file);
  }
  for (const { id, name, size } of state.finished) chain.finished.push({ id, name, size, missed: 0 });
  if (state.traces !== undefined) chain.traceRules = traceRulesOf(state.traces);
  const { files, committed, skip } = chain;
  state.streams.forEach(([index, offset], stream) => {
    const file = files[index];
    if (file === undefined) return;
    committed[stream] = { file, offset };
    skip[stream] = { file, offset };
  });
  const indexes = committed.map((position) => (position === undefined ? 0 : files.indexOf(position.file)));
  const first = Math.min(...indexes);
  files.forEach((file, index) => {
    if (index < first) file.drained = true;
    if (index === first) file.read = Math.min(...committed.map((p) => startIn(file, p)));
  });
  chain.replaying = true;
  chain.returning = state.left === true;
}

/** Where a stream's reading would start in the first file: its position there, or nowhere if it is further on. */
function startIn(file: LogFile, position: Position | undefined): number {
  if (position === undefined) return 0;
  return position.file === file ? position.offset : Number.POSITIVE_INFINITY;
}
