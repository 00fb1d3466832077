import type { TestContext } from 'node:test';
import { type FollowMessage, type Marks, openFollow } from '../../../src/cli/cluster-logs/open-follow.ts';
import type { ChainState } from '../../../src/log-collector/checkpoint/checkpoint-data.ts';
import type { FollowRequest } from '../../../src/log-collector/follow/follow-request.ts';
import { FollowServer } from '../../../src/log-collector/follow/follow-server.ts';
import type { FollowSource } from '../../../src/log-collector/follow/follow-session.ts';
import type { JsonRecord } from '../../../src/log-collector/record/json-lines.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { type Bench, configOf } from './run-collector.ts';

export interface ServeOptions extends Partial<Pick<FollowSource, 'isExcluded' | 'answers' | 'redact'>> {
  readonly env?: Readonly<Record<string, string>>;
  readonly maxSessions?: number;
}

/** A follow server over a log root; closed after the test. @returns it and its address */
export async function serve(t: TestContext, bench: Bench, options: ServeOptions = {}) {
  const { env, maxSessions = 4, isExcluded = () => false, answers = {}, redact = () => undefined } = options;
  const config = configOf(bench, env);
  const logger = createLogger({ service: 'log-collector', level: 'fatal', destination: { write: () => undefined } });
  const source = { config: () => config, node: 'node-1', isExcluded, answers, redact, logger };
  const server = await FollowServer.start({ port: 0, maxSessions, source });
  t.after(() => server.close());
  return { server, url: `http://127.0.0.1:${server.port}` };
}

export interface Following {
  readonly records: JsonRecord[];
  readonly lost: { readonly key: string; readonly reason: string; readonly bytes: number }[];
  /** As a client keeps them. */
  marks: Marks;
  caughtUp: boolean;
  closing: boolean;
  /** Settles when the stream has ended; with what went wrong, if anything did. */
  readonly ended: Promise<unknown>;
  /** Breaks the connection. */
  cut(): Promise<void>;
}

export const everything: FollowRequest = {
  namespaces: [],
  pods: [],
  containers: [],
  labels: '',
  lines: 0,
  follow: true,
  from: undefined,
};

/** Follows as `journey logs` does, and keeps what comes. */
export function follow(t: TestContext, url: string, request: Partial<FollowRequest> = {}): Following {
  const abort = new AbortController();
  const marks: Record<string, ChainState> = { ...request.from };
  const following = { records: [], lost: [], marks, caughtUp: false, closing: false } as unknown as Following;
  const take = (message: FollowMessage) => {
    if ('log' in message) following.records.push(message);
    else if ('lost' in message) following.lost.push(message.lost);
    else if ('caughtUp' in message) following.caughtUp = true;
    else if ('closing' in message) following.closing = true;
    else if ('marks' in message) {
      for (const [key, mark] of Object.entries(message.marks)) {
        if (mark === null) delete marks[key];
        else marks[key] = mark;
      }
    }
  };
  const ended = (async () => {
    for await (const message of openFollow({ url, request: { ...everything, ...request }, signal: abort.signal })) {
      take(message);
    }
    return undefined;
  })().catch((error: unknown) => error);
  const cut = async () => {
    abort.abort();
    await ended;
  };
  t.after(cut);
  return Object.assign(following, { ended, cut });
}
