import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowRequest } from '../../log-collector/follow/follow-request.ts';
import type { FollowEvent } from '../../log-collector/follow/follow-session.ts';
import type { JsonRecord } from '../../log-collector/record/json-lines.ts';
import { type FollowNodeOptions, followNode, type NodeConnection } from './follow-node.ts';
import { MergeByTime } from './merge-by-time.ts';

export interface FollowClusterOptions {
  readonly request: FollowRequest;
  /** The nodes that have a collector now. */
  readonly nodes: () => Promise<readonly string[]>;
  readonly connect: (node: string, signal: AbortSignal) => Promise<NodeConnection>;
  readonly print: (record: JsonRecord) => Promise<void>;
  readonly said: {
    lost(node: string, lost: Extract<FollowEvent, { lost: unknown }>['lost']): void;
    away(node: string, reason: string): void;
    back(node: string, awayMs: number): void;
    joined(node: string): void;
  };
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How often to look for nodes that have joined, in milliseconds. Default 5 s. */
  readonly lookMs?: number;
  readonly pauseMs?: number;
  readonly patienceMs?: number;
}

/** How long a line waits for an earlier one of another node. */
const waitMs = 400;
/** Lines that wait at most; beyond it the nodes wait. */
const most = 50_000;
/** The last lines of all nodes are sorted as a whole; a node that does not answer must not hold them for ever. */
const historyMs = 15_000;
const printMs = 50;

/**
 * Shows what all nodes write as one stream, in the order of time. First the last lines of all of them, then what comes.
 * Resolves when all has been shown; with `follow` only when `signal` aborts.
 *
 * @returns the nodes that could not be asked. @throws FollowRefused when a collector refuses for good; what `nodes` throws at the first look.
 */
export async function followCluster(options: FollowClusterOptions): Promise<readonly string[]> {
  const { request, nodes, connect, print, said, signal, now, lookMs = 5_000 } = options;
  const merged = new MergeByTime({ patienceMs: waitMs, max: most, now });
  const stop = new AbortController();
  const ending = AbortSignal.any([signal, stop.signal]);
  const running = new Map<string, Promise<void>>();
  const behind = new Set<string>();
  const unreached: string[] = [];
  let failure: unknown;
  const begin = (node: string, wish: FollowRequest) => {
    behind.add(node);
    const done = followNode({
      connect: (inner) => connect(node, inner),
      request: wish,
      signal: ending,
      record: (record) => take(record),
      lost: (lost) => said.lost(node, lost),
      caughtUp: () => void behind.delete(node),
      away: (reason) => {
        behind.delete(node);
        said.away(node, reason);
      },
      back: (awayMs) => said.back(node, awayMs),
      now,
      ...(options.pauseMs === undefined ? {} : { pauseMs: options.pauseMs }),
      ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    } satisfies FollowNodeOptions);
    running.set(
      node,
      done.then(
        (reached) => void (reached || unreached.push(node)),
        (error: unknown) => {
          failure ??= error;
          stop.abort();
        },
      ),
    );
  };
  const take = async (record: JsonRecord) => {
    merged.add(record);
    while (merged.size > most && !ending.aborted) await sleep(printMs);
  };
  for (const node of await nodes()) begin(node, request);
  const printing = async () => {
    const started = now();
    while (behind.size > 0 && now() - started < historyMs && merged.size <= most && !ending.aborted)
      await sleep(printMs);
    while (!ending.aborted) {
      for (const record of merged.take()) await print(record);
      await sleep(printMs, undefined, { signal: ending }).catch(() => undefined);
    }
  };
  const looking = async () => {
    while (!ending.aborted) {
      await sleep(lookMs, undefined, { signal: ending }).catch(() => undefined);
      if (ending.aborted) return;
      // It fails while the API server is away; then nobody joins.
      for (const node of await nodes().catch(() => [])) {
        if (running.has(node)) continue;
        said.joined(node);
        // All of it is new: who joined while we looked has written nothing before.
        begin(node, { ...request, lines: 0, from: {} });
      }
    }
  };
  const printed = printing();
  const looked = request.follow ? looking() : Promise.resolve();
  await looked;
  await Promise.all(running.values());
  stop.abort();
  await printed;
  for (const record of merged.take(true)) await print(record);
  if (failure !== undefined) throw failure;
  return unreached;
}
