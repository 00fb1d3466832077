import { readFile } from 'node:fs/promises';
import { createClient, RESP_TYPES, type RedisClientType } from '@redis/client';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { RedisAddress } from './redis-address.ts';

export interface ConnectOptions {
  readonly address: RedisAddress;
  /** Empty: the user named `default`. */
  readonly user: string;
  /** Empty: no password. */
  readonly passwordFile: string;
  readonly connectTimeoutMs: number;
  readonly clientName: string;
  /** Called at most once, when a connection that was made is lost. */
  readonly onLost: (error: unknown) => void;
}

/** Bulk strings arrive as Buffers: values are bytes, and decoding a megabyte to a string only to encode it again is waste. */
export const asBuffers = { [RESP_TYPES.BLOB_STRING]: Buffer };

/**
 * One connection, made once: name looked up, TCP, RESP3, password, database, all by one deadline.
 *
 * The client's own reconnection is off. A connection that is lost is thrown away and a new client made by
 * `RedisConnection`, because reconnecting in place is where zombies came from (redis/node-redis#2632, #3104, #3346),
 * its handshake has no deadline, and by default it gives up on a socket timeout.
 *
 * @throws the client's errors; JourneyError `store-credentials` when the password file cannot be read.
 */
export async function connectClient(options: ConnectOptions): Promise<RedisClientType> {
  const { address, user, passwordFile, connectTimeoutMs, clientName, onLost } = options;
  const client = createClient({
    socket: {
      host: address.host,
      port: address.port,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
    },
    database: address.database,
    RESP: 3,
    name: clientName,
    // CLIENT SETINFO would be one more right for an ACL to grant, and before 7.2 one it cannot even name.
    disableClientInfo: true,
    disableOfflineQueue: true,
    // Redis Enterprise only; an open server answers it with an error.
    maintNotifications: 'disabled',
    // Its timer covers only the wait before writing; RedisConnection has one for the answer.
    commandOptions: { timeout: 0 },
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: async () =>
        passwordFile === '' ? {} : { username: user || 'default', password: await readPassword(passwordFile) },
    },
  }) as unknown as RedisClientType;
  let connected = false;
  client.on('error', (error) => {
    if (!connected) return;
    connected = false;
    onLost(error);
  });
  const connecting = client.connect();
  // It fails once more when the deadline has been answered: the socket's own timer began a moment before ours.
  connecting.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      connecting,
      new Promise((_, reject) => {
        const error = new Error(`no connection to ${address.host}:${address.port} within ${connectTimeoutMs} ms`);
        timer = setTimeout(() => reject(error), connectTimeoutMs);
      }),
    ]);
    connected = true;
    return client;
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws JourneyError `store-credentials`. */
async function readPassword(file: string): Promise<string> {
  try {
    // `echo secret | base64` puts a newline into a Secret (openanalytics/shinyproxy-operator#51).
    return (await readFile(file, 'utf8')).replace(/[\r\n]+$/, '');
  } catch (error) {
    const reason = `the password file cannot be read: ${reasonOf(error)}`;
    throw new JourneyError('store-credentials', { store: 'Redis', reason }, { cause: error });
  }
}
