import type { Static } from 'typebox';
import * as Type from 'typebox';
import { type CleanupRun, maxCleanupRuns, type Store } from '../cache/cache.ts';
import type { ApiServer } from './context.ts';
import { explain } from './explain.ts';

const Run = Type.Object({
  id: Type.String(),
  mode: Type.Enum(['report', 'expire', 'unlink']),
  startedAt: Type.String({ format: 'date-time' }),
  durationMs: Type.Number(),
  outcome: Type.Enum(['done', 'partial', 'failed']),
  reason: Type.Union([Type.String(), Type.Null()]),
  counts: Type.Record(Type.String(), Type.Number()),
});

const defaultRuns = 10;

/** What the clean-up job did lately, as it recorded it in the store. */
export function registerCleanupRuns(app: ApiServer, { store }: { readonly store: Store }): void {
  app.get(
    '/api/v1/cleanup/runs',
    {
      schema: {
        ...explain({
          tag: 'operations',
          summary: { en: 'The newest clean-up runs, newest first.', zh: '最近的清理任务记录，最新的在前。' },
          example: 'curl localhost:8080/api/v1/cleanup/runs',
        }),
        querystring: Type.Object(
          { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxCleanupRuns, default: defaultRuns })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ runs: Type.Array(Run) }) },
      },
    },
    async (request, reply) => {
      const runs = await store.cleanupRuns(request.query.limit ?? defaultRuns);
      reply.header('cache-control', 'no-store');
      return { runs: runs.map(runOf) };
    },
  );
}

export function runOf(run: CleanupRun): Static<typeof Run> {
  return { ...run, startedAt: new Date(run.startedAt).toISOString(), reason: run.reason ?? null };
}
