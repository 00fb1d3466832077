import * as Type from 'typebox';
import type { ApiServer } from './context.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { DataContext } from './data-context.ts';
import { Summary, summaryOf } from './entry-summary.ts';
import { explain, says } from './explain.ts';
import { InvalidRequest } from './invalid-request.ts';
import { checkKey } from './key.ts';

const defaultPageSize = 100;

const Query = Type.Object(
  {
    prefix: Type.Optional(
      Type.String(
        says({ en: 'Only keys that begin with this, taken literally.', zh: '只列出以此开头的键，按字面匹配。' }),
      ),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: defaultPageSize,
        ...says({
          en: 'Most entries on the page, at most limits.maxPageSize.',
          zh: '本页最多条目数，不超过 limits.maxPageSize。',
        }),
      }),
    ),
    cursor: Type.Optional(Type.String(says({ en: 'nextCursor of the page before.', zh: '上一页的 nextCursor。' }))),
  },
  { additionalProperties: false },
);

const Page = Type.Object({
  entries: Type.Array(Summary),
  nextCursor: Type.Union([Type.String(), Type.Null()], says({ en: 'null on the last page.', zh: '最后一页为 null。' })),
});

export function registerListEntries(app: ApiServer, { store, settings }: DataContext): void {
  app.get(
    '/api/v1/data',
    {
      schema: {
        ...explain({
          tag: 'data',
          summary: { en: 'Lists entries in order of their keys, page by page.', zh: '按键的顺序分页列出数据。' },
          example: "curl 'localhost:8080/api/v1/data?prefix=user:&limit=10'",
        }),
        querystring: Query,
        response: { 200: Page },
      },
    },
    async (request, reply) => {
      const { prefix = '', limit = defaultPageSize, cursor } = request.query;
      const { maxPageSize, maxKeyBytes } = settings().limits;
      if (limit > maxPageSize) throw pageTooLarge(maxPageSize);
      if (prefix !== '') checkKey(prefix, maxKeyBytes);
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      const page = await store.list({ prefix, limit, ...(after === undefined ? {} : { after }) });
      const nextCursor = page.next === undefined ? null : encodeCursor(page.next);
      reply.header('cache-control', 'no-store');
      if (nextCursor !== null) {
        const next = new URLSearchParams({
          ...(prefix === '' ? {} : { prefix }),
          limit: `${limit}`,
          cursor: nextCursor,
        });
        reply.header('link', `</api/v1/data?${next}>; rel="next"`);
      }
      return { entries: page.entries.map(summaryOf), nextCursor };
    },
  );
}

function pageTooLarge(maxPageSize: number): InvalidRequest {
  const text = {
    en: `must be <= ${maxPageSize} (limits.maxPageSize)`,
    zh: `必须 <= ${maxPageSize}（limits.maxPageSize）`,
  };
  return new InvalidRequest({ en: 'query string /limit', zh: '查询字符串 /limit' }, text, [
    { pointer: '/limit', text },
  ]);
}
