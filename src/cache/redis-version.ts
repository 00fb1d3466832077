import { ErrorReply, type RedisClientType } from '@redis/client';
import { JourneyError } from '../errors/journey-error.ts';

/** PEXPIRETIME and script flags, which our scripts use, came with 7.0. */
const oldestMajor = 7;

/**
 * HELLO without arguments changes nothing, and no ACL, load or replica state forbids it: unlike INFO it needs no right.
 *
 * @throws JourneyError `store-too-old`.
 */
export async function refuseOldServer(client: Pick<RedisClientType, 'sendCommand'>): Promise<void> {
  const { server, version } = await client.sendCommand<{ server: string; version: string }>(['HELLO']);
  if (Number.parseInt(version, 10) < oldestMajor) throw tooOld({ found: `${server} ${version}` });
}

/** The failure to shake hands of a server from before HELLO, Redis 5 and older, as what it is; anything else as it is. */
export function versionFailure(error: unknown): unknown {
  const isHelloUnknown = error instanceof ErrorReply && /unknown command .?HELLO/i.test(error.message);
  return isHelloUnknown ? tooOld({ found: 'redis < 6', cause: error }) : error;
}

function tooOld({ found, cause }: { readonly found: string; readonly cause?: unknown }): JourneyError {
  return new JourneyError('store-too-old', { found }, { cause });
}
