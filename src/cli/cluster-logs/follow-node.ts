import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors/journey-error.ts';
import type { ChainState } from '../../log-collector/checkpoint/checkpoint-data.ts';
import type { FollowRequest } from '../../log-collector/follow/follow-request.ts';
import type { FollowEvent } from '../../log-collector/follow/follow-session.ts';
import type { JsonRecord } from '../../log-collector/record/json-lines.ts';
import { instanceKeyOf } from '../../log-collector/record/source-label.ts';
import { FollowRefused, openFollow } from './open-follow.ts';

export interface NodeConnection {
  readonly url: string;
  close(): void;
}

export interface FollowNodeOptions {
  /** Reaches the collector that is there now. */
  readonly connect: (signal: AbortSignal) => Promise<NodeConnection>;
  readonly request: FollowRequest;
  readonly signal: AbortSignal;
  /** Takes a record; reading goes on when it resolves. */
  readonly record: (record: JsonRecord) => Promise<void> | void;
  readonly lost: (lost: Extract<FollowEvent, { lost: unknown }>['lost']) => void;
  readonly caughtUp: () => void;
  /** The collector cannot be reached: said once, until it can be again. */
  readonly away: (reason: string) => void;
  readonly back: (awayMs: number) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Between attempts, in milliseconds. Default 1 s. */
  readonly pauseMs?: number;
  /** Without `follow`: how long to try, in milliseconds. Default 15 s. */
  readonly patienceMs?: number;
}

/** What a collector says when it will not, whoever asks again. */
const forGood = [400, 404, 409, 421];
const patienceMs = 15_000;

/**
 * Shows what one node writes until there is no more to say or `signal` ends it. A connection that breaks, a collector
 * that is replaced, a node that goes and comes again: it tries on, and goes on at the last mark it has.
 *
 * @returns whether it has said all there was; false only without `follow`. @throws FollowRefused when the collector
 * refuses for good.
 */
export async function followNode(options: FollowNodeOptions): Promise<boolean> {
  const { connect, request, signal, record, lost, caughtUp, away, back, now, pauseMs = 1_000 } = options;
  const marks: Record<string, ChainState> = { ...request.from };
  /** Places shown since the last mark of their container: a connection may break in between. */
  const shown = new Map<string, Set<string>>();
  let known = request.from !== undefined;
  let awaySince: number | undefined;
  while (!signal.aborted) {
    let connection: NodeConnection | undefined;
    let reason = 'the collector ended the connection';
    try {
      connection = await connect(signal);
      const wish = { ...request, from: known ? marks : undefined };
      for await (const message of openFollow({ url: connection.url, request: wish, signal })) {
        if (awaySince !== undefined) back(now() - awaySince);
        awaySince = undefined;
        if ('log' in message) {
          if (isNew(shown, message)) await record(message);
        } else if ('lost' in message) lost(message.lost);
        else if ('caughtUp' in message) {
          caughtUp();
          if (!request.follow) return true;
        } else if ('marks' in message) {
          known = true;
          keep(marks, message.marks);
          for (const key of Object.keys(message.marks)) shown.delete(key);
        } else if ('closing' in message) reason = 'the collector stops';
      }
    } catch (error) {
      if (error instanceof FollowRefused && forGood.includes(error.status)) throw error;
      reason = reasonOf(error);
    } finally {
      connection?.close();
    }
    if (signal.aborted) return true;
    if (awaySince === undefined) away(reason);
    awaySince ??= now();
    if (!request.follow && now() - awaySince >= (options.patienceMs ?? patienceMs)) return false;
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return true;
}

function isNew(shown: Map<string, Set<string>>, { kubernetes, stream, file, offset }: JsonRecord): boolean {
  const key = instanceKeyOf(kubernetes);
  const places = shown.get(key) ?? new Set();
  shown.set(key, places);
  const before = places.size;
  return places.add(`${stream} ${file} ${offset}`).size > before;
}

function keep(marks: Record<string, ChainState>, news: Readonly<Record<string, ChainState | null>>): void {
  for (const [key, mark] of Object.entries(news)) {
    if (mark === null) delete marks[key];
    else marks[key] = mark;
  }
}
