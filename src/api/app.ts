import type { Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Store } from '../cache/cache.ts';
import { registerCleanupRuns } from '../handler/cleanup-runs.ts';
import type { ApiServer, Clock, Identity } from '../handler/context.ts';
import { registerHealth } from '../handler/health.ts';
import { registerHello } from '../handler/hello.ts';
import { registerInfo } from '../handler/info.ts';
import type { Lifecycle } from '../handler/lifecycle.ts';
import { registerMetrics } from '../handler/metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import type { ApiConfig } from './config.ts';
import { answerError, answerUnmatched } from './error-handlers.ts';
import { createHttpServer } from './http-server.ts';
import { addJsonBodyParser } from './json-body.ts';
import { MethodTable } from './method-table.ts';
import { routeName } from './route-name.ts';
import { schemaValidator } from './schema-validator.ts';

export interface AppContext {
  readonly config: () => ApiConfig;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly telemetry: RequestTelemetry;
  readonly store: Store;
  readonly lifecycle: Lifecycle;
  readonly identity: Identity;
  readonly clock: Clock;
  /** Monotonic milliseconds at which the process began. */
  readonly bornAt: number;
}

/** Builds the API on its parts; nothing listens yet. */
export async function buildApp(context: AppContext): Promise<FastifyInstance> {
  const { config, logger, lifecycle, telemetry, clock } = context;
  const app = Fastify({
    serverFactory: (handler): Server =>
      createHttpServer({ settings: config().server, lifecycle, telemetry, clock, fastPath: undefined }, handler),
    // Our own listener writes the request log.
    logger: false,
    // Requests on open connections are still answered while we close, with `Connection: close` (fastify/fastify#1714).
    return503OnClosing: false,
    // Longer than any key can get within the 16 KiB that Node allows for the head: the limit is limits.maxKeyBytes.
    routerOptions: { maxParamLength: 65_536 },
    rewriteUrl: (request) => asciiUrl(request.url ?? '/'),
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, logger),
  });
  const methods = new MethodTable();
  app.addHook('onRoute', (route) => methods.add(route));
  app.addHook('onRequest', async (request) => {
    const template = request.routeOptions.url;
    if (template !== undefined) scopeOf(request.raw).route = routeName(template);
  });
  app.setValidatorCompiler(schemaValidator);
  // Response schemas are documentation and types; the tests hold answers to them.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error, request, reply) => answerError(error as never, request, reply, logger));
  app.setNotFoundHandler((request, reply) => answerUnmatched(request, reply, methods));
  addJsonBodyParser(app, () => config().limits.maxBodyBytes);
  registerRoutes(app as ApiServer, context);
  await app.ready();
  return app;
}

function registerRoutes(app: ApiServer, context: AppContext): void {
  const settings = context.config;
  registerHealth(app, { ...context, settings });
  registerMetrics(app, context.registry);
  registerHello(app, context);
  registerInfo(app, context);
  registerCleanupRuns(app, context.store);
}

/** A path typed in Chinese arrives as raw UTF-8 from clients that encode nothing: read it as if they had. */
function asciiUrl(url: string): string {
  return url.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
