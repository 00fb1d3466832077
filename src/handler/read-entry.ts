import * as Type from 'typebox';
import { JourneyError } from '../errors/journey-error.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { ApiServer } from './context.ts';
import { type DataContext, KeyPath } from './data-context.ts';
import { matches, nameOf, preconditionOf } from './entity-tags.ts';
import { cacheStatus, entryHeaders } from './entry-answer.ts';
import { quotedKey } from './entry-summary.ts';
import { explain } from './explain.ts';
import { checkKey } from './key.ts';
import { sendNothing } from './send-nothing.ts';

export function registerReadEntry(app: ApiServer, { cache, settings }: DataContext): void {
  app.get(
    '/api/v1/data/:key',
    {
      schema: {
        ...explain({
          tag: 'data',
          summary: { en: 'Reads an entry through the near cache.', zh: '经由近端缓存读取一条数据。' },
          description: {
            en: 'Cache-Status (RFC 9211) says which tier answered. If-None-Match with the present ETag gives 304.',
            zh: 'Cache-Status（RFC 9211）说明由哪一层应答。If-None-Match 带上当前 ETag 时返回 304。',
          },
          example: 'curl -i localhost:8080/api/v1/data/greeting',
        }),
        params: KeyPath,
        response: { 200: Type.Object({ key: Type.String(), value: Type.Unknown() }), 304: Type.Null() },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      const scope = scopeOf(request.raw);
      scope.key = key;
      checkKey(key, settings().limits.maxKeyBytes);
      const precondition = preconditionOf(request.headers);
      const lookup = await cache.get(key);
      scope.tier = lookup.tier;
      scope.cacheResult = lookup.result;
      const { entry, derived } = lookup;
      if (entry === undefined || derived === undefined) {
        reply.header('cache-status', cacheStatus(lookup));
        throw new JourneyError('key-not-found', { key: quotedKey(key) });
      }
      if (precondition?.ifMatch !== undefined && !matches(precondition.ifMatch, entry.etag)) {
        throw new JourneyError('precondition-failed', { condition: nameOf(precondition), key: quotedKey(key) });
      }
      const headers = entryHeaders(entry.etag, cacheStatus(lookup));
      for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] as string, headers[i + 1]);
      if (precondition?.ifNoneMatch !== undefined && matches(precondition.ifNoneMatch, entry.etag)) {
        return sendNothing(reply.code(304));
      }
      reply.headers({ 'content-type': 'application/json', 'content-length': derived.contentLength });
      // The schema describes what is in these bytes; they are sent as they are.
      const { body } = derived;
      return reply.send((typeof body === 'string' ? Buffer.from(body, 'latin1') : body) as never);
    },
  );
}
