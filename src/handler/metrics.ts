import type { Registry } from 'prom-client';
import Type from 'typebox';
import type { ApiServer } from './context.ts';

/** Prometheus text exposition. */
export function registerMetrics(app: ApiServer, registry: Registry): void {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'Prometheus metrics.',
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      reply.header('content-type', registry.contentType).header('cache-control', 'no-store');
      return registry.metrics();
    },
  );
}
