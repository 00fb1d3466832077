import { wantRedisServer } from '../support/redis-server.ts';
import { conformance } from './cleanup-conformance.ts';
import { openRedisSubject } from './redis-subject.ts';
import { openSqliteSubject } from './sqlite-subject.ts';

conformance('SQLite', openSqliteSubject);
conformance('Redis', () => openRedisSubject(), wantRedisServer);
