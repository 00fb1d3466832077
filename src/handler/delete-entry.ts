import * as Type from 'typebox';
import { JourneyError } from '../errors/journey-error.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { ApiServer } from './context.ts';
import { type DataContext, KeyPath } from './data-context.ts';
import { nameOf, preconditionOf } from './entity-tags.ts';
import { quotedKey } from './entry-summary.ts';
import { explain } from './explain.ts';
import { checkKey } from './key.ts';
import { sendNothing } from './send-nothing.ts';

export function registerDeleteEntry(app: ApiServer, { cache, settings, changed }: DataContext): void {
  app.delete(
    '/api/v1/data/:key',
    {
      schema: {
        ...explain({
          tag: 'data',
          summary: { en: 'Deletes an entry.', zh: '删除一条数据。' },
          description: {
            en: 'If-Match and If-None-Match are checked by the store in the same step as the deletion.',
            zh: 'If-Match 与 If-None-Match 由存储在删除的同一步中检查。',
          },
          example: 'curl -X DELETE localhost:8080/api/v1/data/greeting',
        }),
        params: KeyPath,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      scopeOf(request.raw).key = key;
      checkKey(key, settings().limits.maxKeyBytes);
      const precondition = preconditionOf(request.headers);
      const result = await cache.delete(key, precondition);
      if (result === 'not-found') throw new JourneyError('key-not-found', { key: quotedKey(key) });
      if (result === 'precondition-failed') {
        throw new JourneyError('precondition-failed', { condition: nameOf(precondition), key: quotedKey(key) });
      }
      changed('data.deleted', key);
      return sendNothing(reply.code(204));
    },
  );
}
