import type { ServerResponse } from 'node:http';
import type { Logger } from '../../telemetry/logger.ts';
import type { Batch } from '../batch.ts';
import type { ContainerChain } from '../chain/container-chain.ts';
import type { IsExcluded } from '../chain/pod-scanner.ts';
import { saveChain } from '../checkpoint/chain-state.ts';
import { type ChainState, emptyCheckpoint } from '../checkpoint/checkpoint-data.ts';
import type { PositionKeeper } from '../checkpoint/checkpoint-keeper.ts';
import { type Clock, systemClock } from '../clock.ts';
import { Collector } from '../collector.ts';
import type { CollectorConfig } from '../config.ts';
import { Counters } from '../counters.ts';
import type { Redactor } from '../line/redactor.ts';
import type { LossReason } from '../loss.ts';
import type { MetadataAnswers } from '../metadata/connect-metadata.ts';
import { selectorOf } from '../metadata/label-selector.ts';
import type { Verdict } from '../metadata/pod-filter.ts';
import { jsonLines } from '../record/json-lines.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import { nothingRefused, type Refused, type Sink } from '../sinks/sink.ts';
import type { FollowRequest } from './follow-request.ts';
import { placeAtLastLines } from './tail-position.ts';

export interface FollowSource {
  readonly config: () => CollectorConfig;
  readonly node: string;
  readonly isExcluded: IsExcluded;
  readonly answers: Partial<MetadataAnswers>;
  readonly redact: () => Redactor | undefined;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** What a session says besides records, each on a line of its own with one member. */
export type FollowEvent =
  /** How far the containers have come; to be given back as `from`. `null`: complete, forget it. */
  | { readonly marks: Readonly<Record<string, ChainState | null>> }
  /** Bytes that will never come, at least so many, and why. 0: a file is gone that may have grown since its last mark. */
  | { readonly lost: { readonly key: string; readonly reason: LossReason; readonly bytes: number } }
  /** All that was there at the beginning has been said. */
  | { readonly caughtUp: true }
  /** Nothing to say; the connection lives. */
  | { readonly alive: true }
  /** The collector stops. Come again. */
  | { readonly closing: true };

/** A session holds less than the collector: it is one reader of a few containers. */
const inflightMaxBytes = 1_048_576;
/** Space of deleted files that a client who has stopped reading can keep from being freed. */
const heldDeletedMaxBytes = 67_108_864;
const turnBytes = 65_536;
const maxLineBytes = 262_144;
const tickMs = 100;
const aliveMs = 5_000;
/** So long without anything new means: caught up. */
const quietTicks = 3;

/** Worst case of the memory of one session: batches, unfinished lines, the read buffer. */
export const sessionBytes = inflightMaxBytes + maxLineBytes + 65_536;

/**
 * One client that follows some containers: a collector of its own, whose sink is the client and whose checkpoint the
 * client keeps. So it inherits every promise of the real one (rotation, pieces, deleted files, losses as numbers), it
 * goes on while the real one's sink is down, and a client that comes again, to this collector or its successor, goes
 * on where it was. A client that does not read stops the reading; the log files are the buffer.
 */
export class FollowSession {
  readonly #request: FollowRequest;
  readonly #response: ServerResponse;
  readonly #counters = new Counters();
  readonly #told = new Map<string, number>();
  #collector: Collector | undefined;
  #timer: NodeJS.Timeout | undefined;
  #quiet = 0;
  #lastRead = -1;
  #caughtUp = false;
  #sinceAlive = 0;

  private constructor(request: FollowRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  /** Begins to answer; ends when the client goes, or when it has had what it asked for. */
  static async start(source: FollowSource, request: FollowRequest, response: ServerResponse): Promise<FollowSession> {
    const session = new FollowSession(request, response);
    const { answers, clock = systemClock, config, isExcluded, logger, node, redact } = source;
    session.#collector = await Collector.start({
      config: () => sessionConfig(config()),
      counters: session.#counters,
      node,
      logger: logger.child({ part: 'follow' }, { level: 'error' }),
      clock,
      redact,
      sink: session.#sink,
      isExcluded: (pod, container) => isExcluded(pod, container) || !isWanted(request, pod, container),
      keeper: (chains) => session.#keeper(chains, clock),
      found: (chains) => session.#place(chains),
      verdict: verdictOf(request, answers),
      ...(answers.infoOf === undefined ? {} : { infoOf: answers.infoOf }),
      ...(answers.hasEnded === undefined ? {} : { hasEnded: answers.hasEnded }),
    });
    session.#timer = setInterval(() => session.#tick(), tickMs);
    return session;
  }

  /** Stops reading. Says so first, if the client is to come again. */
  async stop(closing = false): Promise<void> {
    clearInterval(this.#timer);
    if (closing) this.#say({ closing: true });
    await this.#collector?.stop(0);
    this.#response.end();
  }

  #say(event: FollowEvent): void {
    this.#sinceAlive = 0;
    if (!this.#response.writableEnded) this.#response.write(`${JSON.stringify(event)}\n`);
  }

  readonly #sink: Sink = {
    encoder: jsonLines,
    write: (batch, signal) => this.#write(batch, signal),
    close: async () => undefined,
  };

  #write(batch: Batch, signal: AbortSignal): Promise<Refused> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      this.#response.write(batch.bytes.subarray(0, batch.length), (error) => {
        // The client has gone: nobody has taken it. The session is about to be stopped, which ends the wait.
        if (error) return;
        signal.removeEventListener('abort', stop);
        resolve(nothingRefused);
      });
    });
  }

  #keeper(chains: ReadonlyMap<string, ContainerChain>, clock: Clock): PositionKeeper {
    const { from } = this.#request;
    return {
      writable: true,
      savedAt: clock.monotonic(),
      load: async () => ({ data: from === undefined ? emptyCheckpoint : { chains: from }, found: true }),
      start: () => undefined,
      acknowledged: ({ segments }) => this.#mark(new Set(segments.map(({ chain }) => chain))),
      forgotten: (chain) => {
        this.#tellLost(chain);
        this.#say({ marks: { [chain.key]: null } });
      },
      leftAlone: (key, state) => this.#say({ marks: { [key]: state } }),
      save: async () => this.#mark(chains.values()),
      stop: async () => undefined,
    };
  }

  #mark(chains: Iterable<ContainerChain>): void {
    const marks: Record<string, ChainState> = {};
    for (const chain of chains) {
      if (chain.files.length > 0 || chain.finished.length > 0) marks[chain.key] = saveChain(chain);
    }
    // Also when there are none: from now on the client knows that everything new is to be shown whole.
    this.#say({ marks });
  }

  /** Who begins anew sees the last lines of what is there. Who comes again goes on, and sees new containers whole. */
  async #place(chains: ReadonlyMap<string, ContainerChain>): Promise<void> {
    if (this.#request.from !== undefined) return;
    for (const chain of chains.values()) await placeAtLastLines(chain, this.#request.lines);
  }

  #tick(): void {
    const collector = this.#collector;
    if (collector === undefined) return;
    for (const chain of collector.chains.values()) this.#tellLost(chain);
    this.#sinceAlive += tickMs;
    if (this.#sinceAlive >= aliveMs) this.#say({ alive: true });
    if (this.#caughtUp) return;
    const { readBytes } = this.#counters;
    this.#quiet = collector.pendingBytes === 0 && readBytes === this.#lastRead ? this.#quiet + 1 : 0;
    this.#lastRead = readBytes;
    if (this.#quiet < quietTicks) return;
    this.#caughtUp = true;
    this.#say({ caughtUp: true });
    if (!this.#request.follow) void this.stop();
  }

  #tellLost(chain: Pick<ContainerChain, 'key' | 'lost'>): void {
    for (const [reason, bytes] of chain.lost) {
      const id = `${chain.key} ${reason}`;
      const before = this.#told.get(id);
      if (bytes === before) continue;
      this.#say({ lost: { key: chain.key, reason, bytes: bytes - (before ?? 0) } });
      this.#told.set(id, bytes);
    }
  }
}

function sessionConfig(config: CollectorConfig): CollectorConfig {
  const reader = {
    ...config.reader,
    inflightMaxBytes,
    heldDeletedMaxBytes,
    turnBytes,
    maxLineBytes,
    rateLimitBytes: 0,
  };
  return { ...config, reader, records: { ...config.records, fields: 'none' } };
}

function isWanted(
  { namespaces, pods, containers }: FollowRequest,
  pod: { readonly namespace: string; readonly pod: string },
  container: string | undefined,
): boolean {
  if (namespaces.length > 0 && !namespaces.includes(pod.namespace)) return false;
  if (pods.length > 0 && !pods.some((name) => isNamed(pod, name))) return false;
  return container === undefined || containers.length === 0 || containers.includes(container);
}

/** @param name `api` or `shop/api`, whole or up to a dash. */
function isNamed({ namespace, pod }: { readonly namespace: string; readonly pod: string }, name: string): boolean {
  const full = name.includes('/') ? `${namespace}/${pod}` : pod;
  return full === name || full.startsWith(`${name}-`);
}

/** With a selector a Pod whose labels are not known waits: showing what nobody asked for would be worse. */
function verdictOf({ labels }: FollowRequest, answers: Partial<MetadataAnswers>): (i: ContainerInstance) => Verdict {
  const { infoOf } = answers;
  const general = answers.verdict ?? (() => 'read' as const);
  if (labels === '') return general;
  const matches = selectorOf('labels', labels);
  return (instance) => {
    const info = infoOf?.(instance);
    if (info === undefined) return 'wait';
    return matches(info.labels) ? general(instance) : 'ignore';
  };
}
