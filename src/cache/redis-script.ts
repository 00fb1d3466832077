import { createHash } from 'node:crypto';
import { deleteScript } from './redis-scripts/delete-3.lua.ts';
import { getScript } from './redis-scripts/get-1.lua.ts';
import { listScript } from './redis-scripts/list-1.lua.ts';
import { putScript } from './redis-scripts/put-3.lua.ts';
import { recordRunScript } from './redis-scripts/record-run-1.lua.ts';

/** A Lua script as Redis knows it. The number in a script's file name is how many keys it takes. */
export interface RedisScript {
  readonly text: string;
  /** SHA-1 in hex, the name under which EVALSHA finds it. */
  readonly sha: string;
  /** Whether it changes data: then a lost answer leaves the outcome unknown. */
  readonly writes: boolean;
}

export function redisScript(text: string, { writes }: { readonly writes: boolean }): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex'), writes };
}

/**
 * The store's scripts. Their text is a module rather than a `.lua` file because Node reads text imports only behind
 * `--experimental-import-text`; as a module it survives bundling and needs no path at run time.
 */
export const storeScripts = {
  get: redisScript(getScript, { writes: false }),
  put: redisScript(putScript, { writes: true }),
  delete: redisScript(deleteScript, { writes: true }),
  list: redisScript(listScript, { writes: false }),
  recordRun: redisScript(recordRunScript, { writes: true }),
};

/**
 * Every command the store sends, also from inside its scripts: what an ACL user must be allowed, on the keys
 * `<keyPrefix>:*`. A test runs the whole store as a user with nothing but these.
 */
export const storeCommandsForAcl = [
  'hello',
  'select',
  'ping',
  'evalsha',
  'eval',
  'exists',
  'hget',
  'hmget',
  'hset',
  'hstrlen',
  'lpush',
  'lrange',
  'ltrim',
  'persist',
  'pexpireat',
  'pexpiretime',
  'pttl',
  'time',
  'type',
  'unlink',
  'zadd',
  'zrangebylex',
  'zrem',
] as const;
