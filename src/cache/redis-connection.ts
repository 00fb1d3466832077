import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClientType } from '@redis/client';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { backoffMs } from './backoff.ts';
import type { StoreStatus } from './cache.ts';
import type { RedisAddress } from './redis-address.ts';
import { asBuffers, connectClient } from './redis-client.ts';
import { CommandDeadline, fromRedis, replyCode, wasSent } from './redis-errors.ts';
import type { RedisScript } from './redis-script.ts';
import type { RedisTlsFiles } from './redis-tls.ts';
import { Subscribers } from './subscribers.ts';

export interface RedisConnectionOptions extends RedisTlsFiles {
  readonly address: RedisAddress;
  readonly user: string;
  readonly passwordFile: string;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly clientName: string;
  readonly logger: Logger;
  readonly random?: () => number;
}

type Argument = string | Buffer;

/** Commands in a row without an answer before the connection is doubted. */
const missesBeforeDoubt = 3;
const retry = { firstMs: 50, maxMs: 2_000 } as const;
/** A connection that lasted this long was a good one: the next attempt starts at the shortest delay again. */
const steadyMs = 2_000;
/** Silence after which an idle connection is asked whether it is still one (half-open TCP, OpenCTI-Platform/opencti#7970). */
const idleMs = 2_000;
const loadingPollMs = 100;

/**
 * A connection to one Redis that is always on its way back: never gives up, never queues, never waits past a deadline.
 *
 * ```
 * connecting ──handshake, PONG──▶ up ──3 misses, or silence──▶ doubted ──PONG──▶ up
 *     ▲                            │                             │ no PONG
 *     └──── back-off, jitter ◀─────┴──── socket lost ◀───────────┘
 * ```
 * Doubted is the open breaker: commands fail at once while a single PING looks whether anybody is there. So a server
 * that hangs costs a few requests one deadline, not every request one.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #closing = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #statusListeners: Subscribers<StoreStatus>;
  #client: RedisClientType | undefined;
  #status: StoreStatus = { up: false, since: Date.now(), reason: 'connecting' };
  /** What a command is answered while there is no connection. */
  #downError: JourneyError = unavailable('not connected yet');
  #drop: (error: unknown) => void = () => {};
  #misses = 0;
  #doubted = false;
  #heardAt = 0;
  readonly #loop: Promise<void>;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#statusListeners = new Subscribers(options.logger);
    this.#loop = this.#connectForEver();
  }

  /** Runs a script by its hash, sending the text only when the server does not know it. @throws JourneyError. */
  run(script: RedisScript, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    return this.#track(script.writes, async () => {
      try {
        return await this.#send(['EVALSHA', script.sha, ...rest]);
      } catch (error) {
        if (replyCode(error) !== 'NOSCRIPT') throw error;
        return this.#send(['EVAL', script.text, ...rest]);
      }
    });
  }

  /** @throws JourneyError: `store-unavailable`, or `store-outcome-unknown` if `writes` and the answer was lost, and so on. */
  command(args: readonly Argument[], { writes }: { readonly writes: boolean }): Promise<unknown> {
    return this.#track(writes, () => this.#send(args));
  }

  status(): StoreStatus {
    return this.#status;
  }

  onStatus(listener: (status: StoreStatus) => void): () => void {
    return this.#statusListeners.add(listener);
  }

  /** Lets commands in flight come to their answer or deadline, then ends the connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#inFlight);
    this.#drop(new Error('closed'));
    await this.#loop;
    this.#statusListeners.clear();
  }

  async #track(writes: boolean, work: () => Promise<unknown>): Promise<unknown> {
    if (this.#closing.signal.aborted) throw unavailable('it was closed');
    const working = work();
    this.#inFlight.add(working);
    try {
      return await working;
    } catch (error) {
      // The password was changed, or the user dropped, under a live connection: a new one reads the file again.
      if (replyCode(error) === 'NOAUTH') this.#drop(error);
      throw fromRedis(error, writes ? wasSent(error) : 'no');
    } finally {
      this.#inFlight.delete(working);
    }
  }

  async #send(args: readonly Argument[]): Promise<unknown> {
    if (this.#client === undefined) throw this.#downNow();
    if (this.#doubted) throw unavailable('it has stopped answering');
    return this.#withDeadline(this.#client, args);
  }

  /** A fresh error each time, so that stacks and causes are not shared between requests. */
  #downNow(): JourneyError {
    const { code, params, cause } = this.#downError;
    return new JourneyError(code, params as never, { cause });
  }

  #withDeadline(client: RedisClientType, args: readonly Argument[]): Promise<unknown> {
    const { commandTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const giveUp = new AbortController();
      const timer = setTimeout(() => {
        // Takes the command back if it is still waiting to be written: it must not be carried out later.
        giveUp.abort();
        // In that case the client's own rejection, which says so, comes first.
        setImmediate(() => reject(new CommandDeadline(commandTimeoutMs)));
        this.#missed(client);
      }, commandTimeoutMs);
      client.sendCommand(args, { typeMapping: asBuffers, abortSignal: giveUp.signal }).then(
        (reply) => {
          clearTimeout(timer);
          this.#heard();
          resolve(reply);
        },
        (error: unknown) => {
          clearTimeout(timer);
          if (replyCode(error) !== '') this.#heard();
          reject(error);
        },
      );
    });
  }

  #heard(): void {
    this.#misses = 0;
    this.#heardAt = performance.now();
  }

  #missed(client: RedisClientType): void {
    this.#misses++;
    if (client !== this.#client || this.#doubted || this.#misses < missesBeforeDoubt) return;
    this.#doubted = true;
    this.#probe(client);
  }

  /** One PING: an answer ends the doubt, silence ends the connection. */
  #probe(client: RedisClientType): void {
    this.#withDeadline(client, ['PING']).then(
      () => {
        if (client === this.#client) this.#doubted = false;
      },
      (error: unknown) => {
        if (client === this.#client) this.#drop(error);
      },
    );
  }

  async #connectForEver(): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const started = performance.now();
      let client: RedisClientType | undefined;
      try {
        const lost = new Promise((resolve) => {
          this.#drop = resolve;
        });
        client = await connectClient({ ...this.#options, onLost: this.#drop });
        if (await this.#untilLoaded(client, lost)) {
          this.#goUp(client);
          this.#goDown(await this.#watch(client, lost));
        }
      } catch (error) {
        this.#goDown(error);
      } finally {
        client?.destroy();
      }
      if (performance.now() - started > steadyMs) attempt = 0;
      const pause = backoffMs(attempt, { ...retry, random: this.#options.random ?? Math.random });
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
    this.#setStatus(false, 'it was closed');
  }

  /** A restarted server accepts connections while it reads its AOF and answers LOADING (redis/node-redis#2667). */
  async #untilLoaded(client: RedisClientType, lost: Promise<unknown>): Promise<boolean> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#withDeadline(client, ['PING']);
        return true;
      } catch (error) {
        if (!['LOADING', 'BUSY', 'MASTERDOWN'].includes(replyCode(error))) throw error;
        this.#goDown(error);
      }
      const error = await Promise.race([lost, sleep(loadingPollMs)]);
      if (error !== undefined) throw error;
    }
    return false;
  }

  /** Resolves with the reason when the connection is lost; asks after it when it has been silent. */
  async #watch(client: RedisClientType, lost: Promise<unknown>): Promise<unknown> {
    const timer = setInterval(() => {
      if (performance.now() - this.#heardAt >= idleMs) this.#probe(client);
    }, idleMs / 2);
    timer.unref();
    try {
      return await lost;
    } finally {
      clearInterval(timer);
    }
  }

  #goUp(client: RedisClientType): void {
    this.#client = client;
    this.#misses = 0;
    this.#doubted = false;
    this.#setStatus(true, undefined);
    this.#options.logger.info({ store: 'redis', address: this.#options.address }, 'connected to Redis');
  }

  #goDown(error: unknown): void {
    this.#client = undefined;
    this.#downError = fromRedis(error);
    const reason = reasonOf(error);
    if (this.#closing.signal.aborted || this.#status.reason === reason) return;
    this.#options.logger.warn({ store: 'redis', address: this.#options.address }, `no connection to Redis: ${reason}`);
    this.#setStatus(false, reason);
  }

  #setStatus(up: boolean, reason: string | undefined): void {
    const changed = this.#status.up !== up;
    this.#status = { up, since: changed ? Date.now() : this.#status.since, reason };
    if (changed) this.#statusListeners.emit(this.#status);
  }
}

function unavailable(reason: string): JourneyError {
  return new JourneyError('store-unavailable', { store: 'Redis', reason });
}
