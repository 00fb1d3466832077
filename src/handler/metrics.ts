import type { Registry } from 'prom-client';
import * as Type from 'typebox';
import type { ApiServer } from './context.ts';
import { explain } from './explain.ts';

/** Prometheus text exposition. */
export function registerMetrics(app: ApiServer, registry: Registry): void {
  app.get(
    '/metrics',
    {
      schema: {
        ...explain({
          tag: 'health',
          summary: { en: 'Prometheus metrics.', zh: 'Prometheus 指标。' },
          example: 'curl localhost:8080/metrics',
        }),
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
