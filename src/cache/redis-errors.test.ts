import assert from 'node:assert/strict';
import test from 'node:test';
import {
  AbortError,
  ClientClosedError,
  ClientOfflineError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
} from '@redis/client';
import { JourneyError } from '../errors/journey-error.ts';
import { CommandDeadline, fromRedis, wasSent } from './redis-errors.ts';

for (const [reply, code] of [
  ['NOAUTH Authentication required.', 'store-credentials'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'store-credentials'],
  ["NOPERM this user has no permissions to run the 'hset' command", 'store-credentials'],
  [
    "ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:1.",
    'store-credentials',
  ],
  ['ERR ACL failure in script: User api has no permissions to run the hset command', 'store-credentials'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'store-full'],
  ["READONLY You can't write against a read only replica.", 'store-read-only'],
  ['MISCONF Redis is configured to save RDB snapshots, but is unable to persist on disk.', 'store-read-only'],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'store-full'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'store-foreign'],
  ['LOADING Redis is loading the dataset in memory', 'store-unavailable'],
  ['MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no.', 'store-unavailable'],
  ['BUSY Redis is busy running a script.', 'store-unavailable'],
  ['ERR something new', 'store-unavailable'],
] as const) {
  test(`${reply.split(' ')[0]} (${code}) keeps the server's words and the cause`, () => {
    const cause = new ErrorReply(reply);
    const error = fromRedis(cause, wasSent(cause));
    assert.equal(error.code, code);
    assert.ok(error.message.includes(reply.replace(/\.$/, '')), error.message);
    assert.equal(error.cause, cause);
  });
}

test('a foreign key is named with what is wrong about it, colons and spaces included', () => {
  const error = fromRedis(new ErrorReply('FOREIGN it is a list, not a hash: journey:{07}:data:a: b'));
  assert.deepEqual(
    [error.code, error.params['where'], error.params['reason']],
    ['store-foreign', 'journey:{07}:data:a: b', 'it is a list, not a hash'],
  );
});

for (const [what, error, sent] of [
  ['refused while offline', new ClientOfflineError(), 'no'],
  ['refused while closed', new ClientClosedError(), 'no'],
  ['taken back before it was written', new AbortError(), 'no'],
  ['answered with an error', new ErrorReply('OOM'), 'no'],
  ['not answered in time', new CommandDeadline(250), 'maybe'],
  ['cut off', new SocketClosedUnexpectedlyError(), 'maybe'],
] as const) {
  test(`a command ${what} was sent: ${sent}; a write is ${sent === 'no' ? 'known not to have happened' : 'of unknown outcome'}`, () => {
    assert.equal(wasSent(error), sent);
    const code = fromRedis(error, wasSent(error)).code;
    assert.equal(code === 'store-outcome-unknown', sent === 'maybe');
  });
}

test('an error of ours passes through', () => {
  const error = new JourneyError('store-credentials', { store: 'Redis', reason: 'no password file' });
  assert.equal(fromRedis(error, 'maybe'), error);
});
