import * as Type from 'typebox';
import type { ApiServer, Clock, Identity } from './context.ts';
import { explain } from './explain.ts';

export interface InfoContext {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly bornAt: number;
}

const text = Type.Union([Type.String(), Type.Null()]);
const Info = Type.Object({
  app: Type.String(),
  message: Type.String(),
  version: Type.String(),
  nodeVersion: Type.String(),
  hostname: Type.String(),
  pod: text,
  namespace: text,
  node: text,
  uptimeSeconds: Type.Number(),
});

export function registerInfo(app: ApiServer, { identity, clock, bornAt }: InfoContext): void {
  app.get(
    '/api/v1/info',
    {
      schema: {
        ...explain({
          tag: 'v0.1',
          summary: { en: 'What is running, and where.', zh: '正在运行什么，运行在哪里。' },
          example: 'curl localhost:8080/api/v1/info',
        }),
        response: { 200: Info },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        app: 'cloudnative-journey',
        message: 'Welcome to CloudNative Journey! 🚀',
        version: identity.version,
        nodeVersion: identity.nodeVersion,
        hostname: identity.hostname,
        pod: identity.pod ?? null,
        namespace: identity.namespace ?? null,
        node: identity.node ?? null,
        uptimeSeconds: Math.round(clock.monotonic() - bornAt) / 1_000,
      };
    },
  );
}
