import { conformance } from './cleanup-conformance.ts';
import { openRedisSubject } from './redis-subject.ts';
import { openSqliteSubject } from './sqlite-subject.ts';
import { howToGetRedis, redisPresent } from './start-redis.ts';

conformance('SQLite', openSqliteSubject);
conformance('Redis', () => openRedisSubject(), { present: redisPresent, command: howToGetRedis });
