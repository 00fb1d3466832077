import Type from 'typebox';
import type { ApiServer, Clock, Identity } from './context.ts';

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
        tags: ['v0.1'],
        summary: 'Greets, and says which Pod did.',
        querystring: Type.Object(
          { name: Type.Optional(Type.String({ maxLength: 256, description: 'Who is greeted.' })) },
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
