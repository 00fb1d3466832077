import * as Type from 'typebox';
import type { ApiServer, Clock, Identity } from './context.ts';
import { explain, says } from './explain.ts';

export interface HelloContext {
  readonly identity: Identity;
  readonly clock: Clock;
}

const Hello = Type.Object({
  message: Type.String(),
  pod: Type.String(),
  timestamp: Type.String({ format: 'date-time' }),
});

/** The greeting of v0.1: who answers changes with the Pod, which is how a beginner sees a Service balance. */
export function registerHello(app: ApiServer, { identity, clock }: HelloContext): void {
  app.get(
    '/api/v1/hello',
    {
      schema: {
        ...explain({
          tag: 'v0.1',
          summary: { en: 'Greets, and says which Pod did.', zh: '打招呼，并说明由哪个 Pod 应答。' },
          example: "curl 'localhost:8080/api/v1/hello?name=Kubernetes'",
        }),
        querystring: Type.Object(
          { name: Type.Optional(Type.String({ maxLength: 256, ...says({ en: 'Who is greeted.', zh: '问候谁。' }) })) },
          { additionalProperties: false },
        ),
        response: { 200: Hello },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        message: `hi, ${request.query.name || 'CloudNative'}!`,
        pod: identity.pod ?? '',
        timestamp: new Date(clock.now()).toISOString(),
      };
    },
  );
}
