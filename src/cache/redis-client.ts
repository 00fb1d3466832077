import { readFile } from 'node:fs/promises';
import { RESP_TYPES, RedisClient, type RedisClientType, SocketClosedUnexpectedlyError } from '@redis/client';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { RedisAddress } from './redis-address.ts';
import { type RedisTlsFiles, tlsFailure, tlsSocketOptions } from './redis-tls.ts';
import { refuseOldServer, versionFailure } from './redis-version.ts';

export interface ConnectOptions extends RedisTlsFiles {
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

/**
 * RESP3 is the client's default. `createClient` makes two classes with all four hundred commands for each client whose options differ from the last
 * one's, as fresh functions always do: a twentieth of a second in which nothing else runs, at every attempt to reconnect.
 */
const newClient = RedisClient.factory();

/** Bulk strings arrive as Buffers: values are bytes, and decoding a megabyte to a string only to encode it again is waste. */
export const asBuffers = { [RESP_TYPES.BLOB_STRING]: Buffer };

/**
 * One connection, made once: name looked up, TCP, TLS if wanted, RESP3, password, database, version, all by one deadline.
 *
 * The client's own reconnection is off. A connection that is lost is thrown away and a new client made by
 * `RedisConnection`, because reconnecting in place is where zombies came from (redis/node-redis#2632, #3104, #3346),
 * its handshake has no deadline, and by default it gives up on a socket timeout.
 *
 * @throws the client's errors; JourneyError `store-credentials` when the password file cannot be read, `store-tls`,
 * `store-too-old`.
 */
export async function connectClient(options: ConnectOptions): Promise<RedisClientType> {
  const { address, user, passwordFile, connectTimeoutMs, clientName, onLost } = options;
  const client = newClient({
    socket: {
      host: address.host,
      port: address.port,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
      ...(address.tls ? await tlsSocketOptions(address, options) : {}),
    },
    database: address.database,
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
  const connecting = client.connect().then(() => refuseOldServer(client));
  // It fails once more when the deadline has been answered: the socket's own timer began a moment before ours.
  connecting.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      connecting,
      new Promise((_, reject) => {
        // A plain server waits for the rest of the client's greeting and says nothing.
        const hint = address.tls ? '; if it does not speak TLS, write redis://' : '';
        const error = new Error(
          `no connection to ${address.host}:${address.port} within ${connectTimeoutMs} ms${hint}`,
        );
        timer = setTimeout(() => reject(error), connectTimeoutMs);
      }),
    ]);
    connected = true;
    return client;
  } catch (error) {
    client.destroy();
    throw versionFailure(address.tls ? tlsFailure(error) : plainFailure(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A server that speaks TLS only hangs up on whoever doesn't. */
function plainFailure(error: unknown): unknown {
  const hungUp =
    error instanceof SocketClosedUnexpectedlyError ||
    (error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
  if (!hungUp) return error;
  return new Error(`${reasonOf(error)} in the handshake; if it expects TLS, write rediss://`, { cause: error });
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
