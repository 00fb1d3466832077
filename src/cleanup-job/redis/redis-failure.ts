import { ErrorReply } from '@redis/client';
import { fromRedis } from '../../cache/redis-errors.ts';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';

/** Replies of a server that will answer differently later. */
const passing = ['LOADING', 'BUSY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'UNKILLABLE'];
/** Replies the store's own mapping knows. */
const known = ['NOAUTH', 'WRONGPASS', 'NOPERM', 'OOM', 'READONLY', 'MISCONF', 'WRONGTYPE'];

/**
 * What Redis, or the way to it, said, as an error of ours. Nothing is lost when an outcome is not known: every action is
 * safe to repeat. A reply that says neither "later" nor "not you" stays what it is: our bug.
 */
export function redisFailure(error: unknown): unknown {
  if (!(error instanceof ErrorReply)) return fromRedis(error);
  const word = error.message.split(' ', 1)[0] ?? '';
  const params = { store: 'Redis', reason: reasonOf(error) };
  if (passing.includes(word)) return new JourneyError('store-unavailable', params, { cause: error });
  if (known.includes(word)) return fromRedis(error);
  // NOPERM from inside a script has other words: the first are Redis 7.0's, the second those of later ones and of Valkey.
  if (/\bThe user executing the script can't\b|\bACL failure in script\b/.test(error.message)) {
    return new JourneyError('store-credentials', params, { cause: error });
  }
  return error;
}
