import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { NearCache } from '../cache/near-cache.ts';
import { openStore } from '../cache/open-store.ts';
import { ConfigWatcher } from '../config/config-watcher.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Clock, Identity } from '../handler/context.ts';
import { answerBytes, answerOf, type EntryAnswer } from '../handler/entry-answer.ts';
import { EventFeed } from '../handler/event-feed.ts';
import { EventHub } from '../handler/event-hub.ts';
import { Lifecycle } from '../handler/lifecycle.ts';
import { listenAt } from '../listen-at.ts';
import type { LogDestination } from '../telemetry/log-destination.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { RandomHex } from '../telemetry/random-hex.ts';
import { createRegistry } from '../telemetry/registry.ts';
import { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import { buildApp } from './app.ts';
import { registerCacheMetrics } from './cache-metrics.ts';
import { registerCleanupMetrics } from './cleanup-metrics.ts';
import { apiConfigSchema } from './config.ts';
import { followConfig } from './follow-config.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { shutDown } from './shut-down.ts';
import { storeMetrics } from './store-metrics.ts';

export interface StartApiOptions {
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly identity: Identity;
  readonly clock: Clock;
  /** Monotonic milliseconds at which the process began. */
  readonly bornAt: number;
  /** Where log lines go. */
  readonly destination: Pick<LogDestination, 'write' | 'dropped'>;
  /** Whether plain reads of what is in memory pass the framework by: on, except to compare the two. */
  readonly fastReads?: boolean;
}

export interface RunningApi {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** What /api/v1/events hands out. */
  readonly hub: EventHub;
  /** See {@link shutDown} for the order. Calling it again gives the same promise. */
  stop(): Promise<void>;
}

const service = 'api';
/** Asked by machines every few seconds. */
const quietRoutes = new Set(['/health', '/livez', '/ready', '/readyz', '/metrics']);
/** Variables of ours that are no settings. */
const knownEnv = ['JOURNEY_CONFIG_FILE', 'JOURNEY_LANG'];

/**
 * The composition root: configuration, log, store, near cache, application, port, in this order.
 *
 * @throws JourneyError `config-invalid`, `port-in-use`, and what opening the store throws.
 */
export async function startApi(options: StartApiOptions): Promise<RunningApi> {
  const { configFile, env, identity, clock, bornAt, destination } = options;
  const configuration = await ConfigWatcher.start({ schema: apiConfigSchema, file: configFile, env, knownEnv });
  const started = configuration.current;
  const settings = () => configuration.current.value;
  const logger = createLogger({ service, level: started.value.logLevel, destination });
  for (const warning of started.warnings) logger.warn(warning);
  const registry = createRegistry({ service, version: identity.version, nodeVersion: identity.nodeVersion });
  const telemetry = new RequestTelemetry({ registry, logger, destination, service, quietRoutes, ...clock });
  const lifecycle = new Lifecycle();
  const closing: { name: string; close: () => Promise<void> | void }[] = [
    { name: 'configuration watcher', close: () => configuration.close() },
  ];
  try {
    const observer = storeMetrics(registry);
    const store = await openStore({ settings: started.value.store, clientName: 'journey-api', logger, observer });
    closing.unshift({ name: 'store', close: () => store.close() });
    const unfollow = store.onStatus(({ up, reason }) => {
      logger[up ? 'info' : 'warn']({ store: store.name, reason }, `store ${up ? 'up' : 'down'}`);
    });
    // That we close it is no outage.
    closing.unshift({ name: 'store log', close: () => void unfollow() });
    const cache = new NearCache<EntryAnswer>({
      store,
      settings: started.value.cache,
      derive: answerOf,
      derivedBytes: answerBytes,
      now: clock.monotonic,
    });
    closing.unshift({ name: 'near cache', close: () => cache.close() });
    const hub = new EventHub(new RandomHex().next(8));
    const feed = new EventFeed({ hub, store, cache });
    closing.unshift({ name: 'event feed', close: () => feed.close() });
    registerCacheMetrics({ registry, store, stats: () => cache.stats() });
    registerCleanupMetrics(registry, store);
    const metrics = registerProcessMetrics({
      registry,
      configLoadedAt: () => configuration.loadedAt,
      eventClients: () => hub.size,
      droppedLogLines: () => destination.dropped,
    });
    const app = await buildApp({
      settings,
      logger,
      registry,
      telemetry,
      lifecycle,
      identity,
      clock,
      bornAt,
      store,
      cache,
      hub,
      configuration,
      fastReads: options.fastReads ?? true,
      changed: (name, key) => feed.changed(name, key),
    });
    followConfig({ configuration, logger, server: app.server, cache, hub, metrics });
    const { host, port } = await listen(app, started.value.server);
    lifecycle.advance('ready');
    logger.info(
      { host, port, store: store.name, config: started.hash, startMs: Math.round(clock.monotonic() - bornAt) },
      `listening on http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    );
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      const { drainMs, stopMs } = settings().server;
      stopping ??= shutDown({ app, lifecycle, drainMs, stopMs, logger, endStreams: () => hub.close(), close: closing });
      return stopping;
    };
    return { host, port, logger, hub, stop };
  } catch (error) {
    for (const part of closing) await part.close();
    throw error;
  }
}

async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly host: string; readonly port: number }> {
  try {
    await app.listen(listenAt(host, port));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const option = 'server.port (JOURNEY_SERVER_PORT)';
    const holder = { en: 'another process', zh: '另一个进程' };
    throw new JourneyError('port-in-use', { host, port, holder, option }, { cause: error });
  }
  return { host, port: (app.server.address() as AddressInfo).port };
}
