import type { ContainerChain } from './chain/container-chain.ts';
import type { Clock } from './clock.ts';
import { lagSeconds } from './lag.ts';

export type StreamView = ReturnType<typeof streamView>;

/** What `/streams` says about one container instance. */
export function streamView(chain: ContainerChain, clock: Clock, keptBytes: number) {
  const toLoss = chain.forecast.secondsToLoss(chain.lagBytes, keptBytes);
  const { namespace, pod, uid, container, restart } = chain.instance;
  return {
    namespace,
    pod,
    uid,
    container,
    restart,
    state: chain.complete ? 'complete' : chain.removed ? 'removed' : chain.ended ? 'ended' : 'running',
    files: chain.files.map((file) => ({
      name: file.name,
      ...(file.id === undefined ? {} : { id: file.id }),
      offset: file.read,
      bytes: file.knownSize,
      ...(file.drained ? { drained: true } : {}),
      ...(file.unlinked ? { deleted: true } : {}),
    })),
    committed: chain.committed
      .slice(0, 2)
      .map((p) => (p === undefined ? null : { file: p.file.name, offset: p.offset })),
    lagBytes: chain.lagBytes,
    lagSeconds: lagSeconds(chain, clock.wall()),
    secondsToLoss: Number.isFinite(toLoss) ? Math.round(toLoss) : null,
    lastTime: chain.lastTime === '' ? null : chain.lastTime,
    partialOpen: chain.partials.filter((partial) => partial.open).length,
    linesJoined: chain.traces.reduce((sum, trace) => sum + (trace.open ? trace.lines : 0), 0),
    traces: chain.traceRules?.name ?? null,
    rateLimited: chain.limitedUntil > clock.monotonic(),
    rateLimitWaits: chain.rateLimitWaits,
    records: chain.records,
    readBytes: chain.readBytes,
    lostBytes: Object.fromEntries(chain.lost),
  };
}
