import type { Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { type CacheContext, registerCache } from '../handler/cache.ts';
import { registerCleanupRuns } from '../handler/cleanup-runs.ts';
import { type ConfigContext, registerConfig } from '../handler/config.ts';
import type { ApiServer } from '../handler/context.ts';
import { registerData } from '../handler/data.ts';
import type { DataContext } from '../handler/data-context.ts';
import { type EventsContext, registerEvents } from '../handler/events.ts';
import { type HealthContext, registerHealth } from '../handler/health.ts';
import { type HelloContext, registerHello } from '../handler/hello.ts';
import { type InfoContext, registerInfo } from '../handler/info.ts';
import { registerMetrics } from '../handler/metrics.ts';
import type { Logger } from '../telemetry/logger.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import type { ApiConfig } from './config.ts';
import { registerDocs } from './docs/register-docs.ts';
import { answerError, answerUnmatched } from './error-handlers.ts';
import { createFastRead } from './fast-read.ts';
import { createHttpServer } from './http-server.ts';
import { addJsonBodyParser } from './json-body.ts';
import { MethodTable } from './method-table.ts';
import { routeName } from './route-name.ts';
import { schemaValidator } from './schema-validator.ts';

export interface AppContext
  extends HealthContext,
    HelloContext,
    InfoContext,
    DataContext,
    CacheContext,
    ConfigContext,
    EventsContext {
  readonly settings: () => ApiConfig;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly telemetry: RequestTelemetry;
  /** Whether plain reads of what is in memory pass the framework by; off only to compare the two. */
  readonly fastReads: boolean;
}

/** Builds the API on its parts; nothing listens yet. */
export async function buildApp(context: AppContext): Promise<FastifyInstance> {
  const { settings, logger, lifecycle, telemetry, clock } = context;
  const fastPath = context.fastReads ? createFastRead(context) : undefined;
  const app = Fastify({
    serverFactory: (handler): Server =>
      createHttpServer({ settings: settings().server, lifecycle, telemetry, clock, fastPath }, handler),
    // Our own listener writes the request log.
    logger: false,
    schemaController: {
      // Given here, not by `setValidatorCompiler`: otherwise Fastify loads ajv and fast-json-stringify first.
      compilersFactory: {
        // Its type knows only the library's own validators.
        buildValidator: () => schemaValidator as never,
        // Response schemas are documentation and types; the tests hold answers to them.
        buildSerializer: () => () => JSON.stringify,
      },
    },
    // Requests on open connections are still answered while we close, with `Connection: close` (fastify/fastify#1714).
    return503OnClosing: false,
    // Longer than any key can get within the 16 KiB that Node allows for the head: the limit is limits.maxKeyBytes.
    routerOptions: { maxParamLength: 65_536 },
    // Ours is on the server already; Fastify's would answer a second time.
    clientErrorHandler: () => {},
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, logger),
  });
  const methods = new MethodTable();
  app.addHook('onRoute', (route) => methods.add(route));
  app.addHook('onRequest', async (request, reply) => {
    const template = request.routeOptions.url;
    if (template !== undefined) scopeOf(request.raw).route = routeName(template);
    // Now, not in the not-found handler: that comes after the body has been read and judged, for which there is no
    // reason when nothing will take it.
    if (request.is404) return answerUnmatched(request, reply, methods);
  });
  app.setErrorHandler((error, request, reply) => answerError(error as never, request, reply, logger));
  addJsonBodyParser(app, () => settings().limits.maxBodyBytes);
  registerRoutes(app as ApiServer, context);
  registerDocs(app as ApiServer, (other) => registerRoutes(other, context), context.identity.version);
  await app.ready();
  return app;
}

function registerRoutes(app: ApiServer, context: AppContext): void {
  registerHealth(app, context);
  registerMetrics(app, context.registry);
  registerHello(app, context);
  registerInfo(app, context);
  registerData(app, context);
  registerCache(app, context);
  registerConfig(app, context);
  registerCleanupRuns(app, context);
  registerEvents(app, context);
}
