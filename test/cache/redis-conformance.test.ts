import { after } from 'node:test';
import { conformance } from './conformance.ts';
import { settingsOf } from './support/open-for-test.ts';
import { sharedRedis } from './support/shared-redis.ts';

const redis = sharedRedis({ after });

conformance({
  name: 'Redis',
  async ground(t) {
    const url = await redis.url(t);
    return url === undefined
      ? undefined
      : { settings: settingsOf('redis', { url, keyPrefix: `test-${crypto.randomUUID()}` }) };
  },
});
