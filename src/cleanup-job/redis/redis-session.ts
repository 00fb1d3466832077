import { RESP_TYPES, type RedisClientType } from '@redis/client';
import { asBuffers, type ConnectOptions, connectClient } from '../../cache/redis-client.ts';
import { CommandDeadline, replyCode } from '../../cache/redis-errors.ts';
import type { RedisScript } from '../../cache/redis-script.ts';
import { redisFailure } from './redis-failure.ts';

type Argument = string | Buffer;

/** Nobody waits for a clean-up: a slow answer is no reason to give up, no answer is. */
const defaultDeadlineMs = 10_000;

export interface OpenRedisSessionOptions extends Omit<ConnectOptions, 'onLost'> {
  /** Longest wait for one answer. Default 10 s: far more than the API allows a request. */
  readonly deadlineMs?: number;
}

/**
 * One connection for one run. Unlike the store's it never reconnects: a run that loses its server ends, and the next one
 * goes on where it stopped.
 */
export class RedisSession {
  readonly #client: RedisClientType;
  readonly #deadlineMs: number;

  private constructor(client: RedisClientType, deadlineMs: number) {
    this.#client = client;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws JourneyError `store-unavailable`, `store-credentials`. */
  static async open(options: OpenRedisSessionOptions): Promise<RedisSession> {
    try {
      const client = await connectClient({ ...options, onLost: () => {} });
      return new RedisSession(client, options.deadlineMs ?? defaultDeadlineMs);
    } catch (error) {
      throw redisFailure(error);
    }
  }

  /** A command whose reply is text or numbers. @throws JourneyError. */
  command(args: readonly Argument[]): Promise<unknown> {
    return this.#send(args, { [RESP_TYPES.BLOB_STRING]: String });
  }

  /** A command whose reply contains bytes that need not be text. @throws JourneyError. */
  bytes(args: readonly Argument[]): Promise<unknown> {
    return this.#send(args, asBuffers);
  }

  /** Runs a script by its hash, sending the text only when the server does not know it. @throws JourneyError. */
  async run(script: RedisScript, keys: readonly Argument[], args: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.command(['EVALSHA', script.sha, ...rest]);
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT') throw error;
    }
    return this.command(['EVAL', script.text, ...rest]);
  }

  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  async #send(args: readonly Argument[], typeMapping: typeof asBuffers | { [RESP_TYPES.BLOB_STRING]: typeof String }) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new CommandDeadline(this.#deadlineMs));
        // Whatever else was sent will not be answered either.
        this.close();
      }, this.#deadlineMs);
    });
    try {
      return (await Promise.race([this.#client.sendCommand(args, { typeMapping }), late])) as unknown;
    } catch (error) {
      throw redisFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
