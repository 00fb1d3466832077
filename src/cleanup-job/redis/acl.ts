/**
 * Every command the clean-up sends to Redis, also from inside its scripts: what its ACL user must be allowed, on the keys
 * `<keyPrefix>:*` and each cache prefix followed by `*`. The last line is for recording the run. SCAN is not limited by key
 * patterns (redis/docs#3778): listing is free, deleting is fenced. A test runs the whole job as a user with nothing else.
 *
 * The client also tries CLIENT SETINFO and does without; Redis 7.0 does not know it, not even as an ACL rule.
 */
export const cleanupCommandsForAcl = [
  'hello',
  'client|setname',
  'select',
  'ping',
  'info',
  'time',
  'acl|whoami',
  'scan',
  'evalsha',
  'eval',
  'zcount',
  'zrange',
  'zmscore',
  'zadd',
  'zrem',
  'pexpiretime',
  'pexpireat',
  'hmget',
  'memory|usage',
  'object|idletime',
  'unlink',
  'get',
  'set',
  'del',
  'pttl',
  'pexpire',
  'type',
  'lpush',
  'ltrim',
] as const;
