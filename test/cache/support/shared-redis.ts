import type { TestContext } from 'node:test';
import { createClient } from '@redis/client';
import { findRedis } from '../../support/redis-binary.ts';
import { RedisServer, type Scope } from '../../support/redis-server.ts';
import { want } from '../../support/want.ts';

/**
 * One Redis for all tests of a file; each test takes a key prefix of its own. With `REDIS_URL` it is somebody's server,
 * so every key under our prefixes is removed in the end and nothing else is touched.
 */
export function sharedRedis(scope: Scope): { url(t: TestContext): Promise<string | undefined> } {
  let started: Promise<string | undefined> | undefined;
  let cleanUp = async (): Promise<void> => {};
  scope.after(() => cleanUp());

  const start = async (): Promise<string | undefined> => {
    const source = await findRedis();
    if (source.kind === 'none') return undefined;
    if (source.kind === 'url') {
      cleanUp = () => removeTestKeys(source.url);
      return source.url;
    }
    const stops: (() => unknown)[] = [];
    cleanUp = async () => void (await Promise.all(stops.map((stop) => stop())));
    return (await RedisServer.start({ after: (stop) => void stops.push(stop) })).url;
  };

  return {
    async url(t) {
      const source = await findRedis();
      const reason = source.kind === 'none' ? ` (none on PATH, no REDIS_URL, ${source.reason})` : '';
      if (!want(t, source.kind !== 'none', `a Redis${reason}`, 'install redis-server or set REDIS_URL'))
        return undefined;
      started ??= start();
      return started;
    },
  };
}

async function removeTestKeys(url: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: 'test-*', COUNT: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys);
  }
  client.destroy();
}
