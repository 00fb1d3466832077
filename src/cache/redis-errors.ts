import { AbortError, ClientClosedError, ClientOfflineError, ErrorReply } from '@redis/client';
import { isJourneyError, JourneyError, reasonOf } from '../errors/journey-error.ts';

/** What we know of a command that failed. */
export type Sent = 'no' | 'maybe';

/** A command that was given up at its deadline. */
export class CommandDeadline extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
  }
}

/** Whether a command that failed may have reached the server and been carried out. */
export function wasSent(error: unknown): Sent {
  // The client gives these before a command is written; the abort signal has no effect once it is.
  if (error instanceof ClientOfflineError || error instanceof ClientClosedError || error instanceof AbortError) {
    return 'no';
  }
  // An error reply is an answer: our scripts check everything before they change anything.
  return error instanceof ErrorReply ? 'no' : 'maybe';
}

/** First word of an error reply, `WRONGPASS`, `OOM`; empty for anything else. */
export function replyCode(error: unknown): string {
  return error instanceof ErrorReply ? (error.message.split(' ', 1)[0] ?? '') : '';
}

/** A failure of Redis or of the way to it, in the words of our catalogue. */
export function fromRedis(error: unknown, sent: Sent = 'no'): JourneyError {
  if (isJourneyError(error)) return error;
  const known = fromReply(error);
  if (known !== undefined) return known;
  const params = { store: 'Redis', reason: reasonOf(error) };
  return new JourneyError(sent === 'maybe' ? 'store-outcome-unknown' : 'store-unavailable', params, { cause: error });
}

/** An error reply that says what is wrong, in the words of our catalogue; none for any other failure. */
export function fromReply(error: unknown): JourneyError | undefined {
  const params = { store: 'Redis', reason: reasonOf(error) };
  const options = { cause: error };
  switch (replyCode(error)) {
    case 'NOAUTH':
    case 'WRONGPASS':
    case 'NOPERM':
      return new JourneyError('store-credentials', params, options);
    case 'OOM':
      return new JourneyError('store-full', params, options);
    case 'READONLY':
      return new JourneyError('store-read-only', params, options);
    case 'MISCONF':
      // Redis stopped writing because its last save failed, most often for want of disk space.
      return new JourneyError(/space/i.test(params.reason) ? 'store-full' : 'store-read-only', params, options);
    case 'FOREIGN':
    case 'WRONGTYPE': {
      const [, reason = params.reason, where = 'a key of ours'] =
        /^FOREIGN (it is [^:]*): (.*)$/.exec(params.reason) ?? [];
      return new JourneyError('store-foreign', { where, reason, option: 'store.redis.keyPrefix' }, options);
    }
    default:
      // NOPERM from inside a script has no code of its own; the first wording is Redis 7.0's, the second that of later
      // ones and of Valkey.
      if (/The user executing the script can't|ACL failure in script/.test(params.reason)) {
        return new JourneyError('store-credentials', params, options);
      }
      return undefined;
  }
}
