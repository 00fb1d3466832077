import * as Type from 'typebox';
import type { Store } from '../cache/cache.ts';
import type { ApiServer, Clock, HandlerSettings } from './context.ts';
import { explain } from './explain.ts';
import type { Lifecycle } from './lifecycle.ts';

export interface HealthContext {
  readonly store: Store;
  readonly lifecycle: Lifecycle;
  readonly settings: () => HandlerSettings;
  readonly clock: Clock;
  /** Monotonic milliseconds at which the process began. */
  readonly bornAt: number;
}

const Live = Type.Object({ status: Type.Literal('healthy'), uptimeSeconds: Type.Number() });

const Ready = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'not-ready']),
  phase: Type.Enum(['starting', 'ready', 'draining']),
  uptimeSeconds: Type.Number(),
  store: Type.Object({
    name: Type.Enum(['sqlite', 'redis']),
    status: Type.Enum(['up', 'down']),
    since: Type.String({ format: 'date-time' }),
    reason: Type.Union([Type.String(), Type.Null()]),
  }),
});

/**
 * Liveness looks at nothing but the event loop: a process that answers is alive, and restarting it would not bring a
 * lost store back (livekit/livekit#4663). Readiness adds where the process is in its life, and the store only if
 * `readiness.requireStore` says so.
 */
export function registerHealth(app: ApiServer, context: HealthContext): void {
  const uptimeSeconds = (): number => Math.round(context.clock.monotonic() - context.bornAt) / 1_000;

  for (const url of ['/health', '/livez']) {
    app.get(
      url,
      {
        schema: {
          ...explain({
            tag: 'health',
            summary: {
              en: 'Liveness: is the process alive? Never looks at the store.',
              zh: '存活检查：进程是否存活？从不检查存储。',
            },
            example: 'curl localhost:8080/livez',
          }),
          response: { 200: Live },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store');
        return { status: 'healthy' as const, uptimeSeconds: uptimeSeconds() };
      },
    );
  }

  for (const url of ['/ready', '/readyz']) {
    app.get(
      url,
      {
        schema: {
          ...explain({
            tag: 'health',
            summary: {
              en: 'Readiness: should this replica get requests? Says whether the store is up.',
              zh: '就绪检查：该副本是否应接收请求？并说明存储是否可用。',
            },
            example: 'curl localhost:8080/readyz',
          }),
          response: { 200: Ready, 503: Ready },
        },
      },
      async (_request, reply) => {
        const { up, since, reason } = context.store.status();
        const { phase } = context.lifecycle;
        const serving = phase === 'ready' && (up || !context.settings().readiness.requireStore);
        reply.code(serving ? 200 : 503).header('cache-control', 'no-store');
        const status = !serving ? ('not-ready' as const) : up ? ('ready' as const) : ('degraded' as const);
        return {
          status,
          phase,
          uptimeSeconds: uptimeSeconds(),
          store: {
            name: context.store.name,
            status: up ? ('up' as const) : ('down' as const),
            since: new Date(since).toISOString(),
            reason: reason ?? null,
          },
        };
      },
    );
  }
}
