import type { AddressInfo } from 'node:net';
import { openStore } from '../cache/open-store.ts';
import { ConfigWatcher } from '../config/config-watcher.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Clock, Identity } from '../handler/context.ts';
import { Lifecycle } from '../handler/lifecycle.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { createRegistry } from '../telemetry/registry.ts';
import { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import { buildApp } from './app.ts';
import { apiConfigSchema } from './config.ts';
import { applyServerSettings } from './http-server.ts';
import { shutDown } from './shut-down.ts';

export interface StartApiOptions {
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly identity: Identity;
  readonly clock: Clock;
  /** Monotonic milliseconds at which the process began. */
  readonly bornAt: number;
  /** Where log lines go. */
  readonly destination: { write(line: string): void };
}

export interface RunningApi {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** See {@link shutDown} for the order. Calling it again gives the same promise. */
  stop(): Promise<void>;
}

const service = 'api';
/** Asked by machines every few seconds. */
const quietRoutes = new Set(['/health', '/livez', '/ready', '/readyz', '/metrics']);
/** Variables of ours that are no settings. */
const knownEnv = ['JOURNEY_CONFIG_FILE', 'JOURNEY_LANG', 'JOURNEY_COMPILE_CACHE'];

/**
 * The composition root: configuration, log, store, near cache, application, port, in this order.
 *
 * @throws JourneyError `config-invalid`, `port-in-use`, and what opening the store throws.
 */
export async function startApi(options: StartApiOptions): Promise<RunningApi> {
  const { configFile, env, identity, clock, bornAt, destination } = options;
  const watcher = await ConfigWatcher.start({ schema: apiConfigSchema, file: configFile, env, knownEnv });
  const started = watcher.current;
  const logger = createLogger({ service, level: started.value.logLevel, destination });
  for (const warning of started.warnings) logger.warn(warning);
  const registry = createRegistry({ service, version: identity.version, nodeVersion: identity.nodeVersion });
  const telemetry = new RequestTelemetry({ registry, logger, destination, service, quietRoutes, ...clock });
  const lifecycle = new Lifecycle();
  const closing: { name: string; close: () => Promise<void> | void }[] = [
    { name: 'configuration watcher', close: () => watcher.close() },
  ];
  try {
    const store = await openStore({ settings: started.value.store, clientName: 'journey-api', logger });
    closing.unshift({ name: 'store', close: () => store.close() });
    const config = () => watcher.current.value;
    const app = await buildApp({ config, logger, registry, telemetry, store, lifecycle, identity, clock, bornAt });
    watcher.on({
      reloaded: ({ applied, needRestart }) => {
        logger.level = config().logLevel;
        applyServerSettings(app.server, config().server);
        logger.info({ applied, needRestart, hash: watcher.current.hash }, 'configuration reloaded');
      },
      rejected: ({ reason }) => logger.error({ reason }, 'configuration rejected: the last good one stays'),
      degraded: (reason) => logger.warn({ reason }, 'cannot watch the configuration folder: polling it'),
    });
    const { host, port } = started.value.server;
    await listen(app, host, port);
    const address = app.server.address() as AddressInfo;
    lifecycle.advance('ready');
    logger.info(
      {
        host,
        port: address.port,
        store: store.name,
        config: started.hash,
        startMs: Math.round(clock.monotonic() - bornAt),
      },
      `listening on http://${host}:${address.port}`,
    );
    let stopping: Promise<void> | undefined;
    return {
      host,
      port: address.port,
      logger,
      stop: () => {
        stopping ??= shutDown({
          app,
          server: app.server,
          lifecycle,
          settings: config().server,
          logger,
          endStreams: () => {},
          close: closing,
        });
        return stopping;
      },
    };
  } catch (error) {
    for (const part of closing) await part.close();
    throw error;
  }
}

async function listen(app: Awaited<ReturnType<typeof buildApp>>, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const option = 'server.port (JOURNEY_SERVER_PORT)';
    const holder = { en: 'another process', zh: '另一个进程' };
    throw new JourneyError('port-in-use', { host, port, holder, option }, { cause: error });
  }
}
