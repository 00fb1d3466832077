import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';

/** The Fastify instance that handlers register their routes on. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Which process answers: the downward API's facts in the cluster, what the machine knows elsewhere. */
export interface Identity {
  readonly service: string;
  readonly version: string;
  readonly nodeVersion: string;
  readonly hostname: string;
  readonly pod: string | undefined;
  readonly namespace: string | undefined;
  readonly node: string | undefined;
}

/** The live settings that handlers read at each request. */
export interface HandlerSettings {
  readonly limits: {
    readonly maxKeyBytes: number;
    readonly maxValueBytes: number;
    readonly maxTtlSeconds: number;
    readonly maxPageSize: number;
    readonly maxEventClients: number;
  };
  readonly readiness: { readonly requireStore: boolean };
}

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}
