import { ErrorReply } from '@redis/client';
import { fromRedis, fromReply, replyCode } from '../../cache/redis-errors.ts';

/** Replies of a server that will answer differently later. */
const passing = ['LOADING', 'BUSY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'UNKILLABLE'];

/**
 * What Redis, or the way to it, said, as an error of ours. Nothing is lost when an outcome is not known: every action is
 * safe to repeat. A reply that says neither "later" nor "not you" stays what it is: our bug.
 */
export function redisFailure(error: unknown): unknown {
  if (!(error instanceof ErrorReply) || passing.includes(replyCode(error))) return fromRedis(error);
  return fromReply(error) ?? error;
}
