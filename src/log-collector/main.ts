import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigWatcher } from '../config/config-watcher.ts';
import { isJourneyError, JourneyError, reasonOf } from '../errors/journey-error.ts';
import { detectLanguage } from '../i18n/language.ts';
import { makeFolder } from '../make-folder.ts';
import { createLogger, type Logger, prettyDestination } from '../telemetry/logger.ts';
import type { PodDirectory } from './chain/log-path.ts';
import { checkConfig } from './check-config.ts';
import { StateLock } from './checkpoint/state-lock.ts';
import { systemClock } from './clock.ts';
import { Collector } from './collector.ts';
import { type CollectorConfig, collectorConfigSchema } from './config.ts';
import { Counters } from './counters.ts';
import { FollowServer } from './follow/follow-server.ts';
import { type FollowSource, sessionBytes } from './follow/follow-session.ts';
import { startHttpServer } from './http-server.ts';
import { redactor } from './line/redactor.ts';
import { memoryCeiling } from './memory-ceiling.ts';
import type { Metadata } from './metadata/connect-metadata.ts';
import type { ProcessFacts } from './metrics.ts';
import { isFilteredOut } from './namespace-filter.ts';
import { openSink } from './open-sink.ts';
import { canExcludeItself, isOwnLog } from './own-logs.ts';

const service = 'log-collector';
const { env } = process;

/** Everything in the order it starts; stopping goes the other way round: reading, sink, checkpoint, HTTP. */
async function main(): Promise<void> {
  // Before the start is over: process 1 of a container ignores signals nobody listens for.
  const asked = nextSignal();
  const watcher = await ConfigWatcher.start({
    schema: collectorConfigSchema,
    file: env['JOURNEY_CONFIG_FILE'],
    env,
    knownEnv: ['JOURNEY_CONFIG_FILE', 'JOURNEY_LANG'],
    check: checkConfig,
  });
  const config = () => watcher.current.value;
  const logger = await openLogger(config());
  for (const warning of watcher.current.warnings) logger.warn(warning);

  const own = { podUid: env['POD_UID'], podName: env['POD_NAME'], podNamespace: env['POD_NAMESPACE'] };
  if (config().sink.kind === 'stdout' && !canExcludeItself(own, env['KUBERNETES_SERVICE_HOST'] !== undefined)) {
    throw new JourneyError('own-logs-collected', {});
  }
  const lock = await openState(config().state.directory);
  const counters = new Counters();
  const node = env['NODE_NAME'] ?? hostname();
  const metadata = await openMetadata(config(), logger);
  const sink = openSink({
    config: config().sink,
    stateDirectory: config().state.directory,
    node,
    infoOf: metadata?.answers.infoOf ?? (() => undefined),
    labelNames: () => config().metadata.labels,
    fetch: (...request) => fetch(...request),
    stdoutFd: 1,
    counters,
    logger,
  });
  const isOwn = isOwnLog(own, (directory) => namesIn(join(config().logs.root, directory)));
  let redact = redactor(config().records.redact);
  const reading = {
    config,
    node,
    isExcluded: (pod: PodDirectory, container?: string) => isOwn(pod, container) || isFilteredOut(config().filter, pod),
    redact: () => redact,
    logger,
  };
  // A node full of containers has been looked at once that is done, with memory of which the ceiling has its own count.
  const idle = process.memoryUsage();
  const collector = await Collector.start({ ...reading, sink, counters, ...(metadata?.answers ?? {}) });
  const unwatch = new AbortController();
  const watching = metadata?.watch(() => collector.lookSoon(), unwatch.signal);
  const follow = await openFollow({ ...reading, answers: metadata?.answers ?? {} });
  memoryMaxBytes = memoryCeiling({
    dataBytes: collector.memoryBound + (follow === undefined ? 0 : config().follow.maxSessions * sessionBytes),
    heapLimitBytes: process.getBuiltinModule('node:v8').getHeapStatistics().heap_size_limit,
    residentBytes: idle.rss,
    heapTotalBytes: idle.heapTotal,
  });
  const { host, port } = config().http;
  const server = await startHttpServer({
    host,
    port,
    facts: { ...facts, configLoadedAt: () => watcher.loadedAt },
    collector,
    clock: systemClock,
    configuration: watcher,
  });
  const address = server.address();
  logger.info(
    {
      http: typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : address,
      ...(follow === undefined ? {} : { follow: follow.port }),
      root: config().logs.root,
      sink: config().sink.kind,
      memoryMaxBytes,
      containers: collector.chains.size,
    },
    'log collector is running',
  );
  watcher.on({
    reloaded: (change) => {
      logger.level = config().logLevel;
      redact = redactor(config().records.redact);
      metadata?.refilter(config().filter);
      collector.lookSoon();
      counters.configReloads.applied++;
      logger.info({ ...change, hash: watcher.current.hash }, 'configuration reloaded');
    },
    rejected: ({ reason }) => {
      counters.configReloads.rejected++;
      logger.error({ reason }, 'configuration not reloaded; the one before stays');
    },
    degraded: (reason) => logger.warn({ reason }, 'configuration folder cannot be watched; polling only'),
  });

  const failure = await Promise.race([asked, collector.ended]).then(
    (signal) => void logger.info({ signal }, 'stopping'),
    (error: unknown) =>
      new JourneyError('sink-failed', { sink: config().sink.kind, reason: reasonOf(error) }, { cause: error }),
  );
  watcher.close();
  unwatch.abort();
  await watching;
  await follow?.close();
  await collector.stop(config().shutdown.flushMs);
  await sink.close();
  server.closeAllConnections();
  server.close();
  await lock.release();
  if (failure !== undefined) throw failure;
  logger.info({ records: counters.records, readBytes: counters.readBytes }, 'stopped');
  process.exit(0);
}

/** Where people read along, if that is wanted. */
async function openFollow(source: FollowSource): Promise<FollowServer | undefined> {
  const { port, maxSessions } = source.config().follow;
  return port === 0 ? undefined : FollowServer.start({ port, maxSessions, source });
}

let memoryMaxBytes = 0;

const facts: Omit<ProcessFacts, 'configLoadedAt'> = {
  version: packageJson.version,
  nodeVersion: process.version,
  startedAt: Date.now() - process.uptime() * 1_000,
  residentBytes: () => process.memoryUsage.rss(),
  memoryMaxBytes: () => memoryMaxBytes,
  heapBytes: () => process.memoryUsage().heapUsed,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  },
};

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Our own log: stderr while stdout carries records. */
async function openLogger(config: CollectorConfig): Promise<Logger> {
  const stream = config.sink.kind === 'stdout' ? process.stderr : process.stdout;
  const pretty = stream.isTTY ? await prettyDestination(stream) : { reason: 'not a terminal' };
  return createLogger({ service, level: config.logLevel, destination: 'reason' in pretty ? stream : pretty });
}

/** Loaded only when wanted: most of it is an HTTPS client. */
async function openMetadata(config: CollectorConfig, logger: Logger): Promise<Metadata | undefined> {
  if (config.metadata.source === 'none') return undefined;
  const { connectMetadata } = await import('./metadata/connect-metadata.ts');
  return connectMetadata({ config, env, clock: systemClock, logger });
}

async function openState(directory: string): Promise<StateLock> {
  try {
    makeFolder(directory);
    return await StateLock.take(directory, process.pid);
  } catch (error) {
    if (isJourneyError(error)) throw error;
    const params = { folder: directory, reason: reasonOf(error), option: 'state.directory' };
    throw new JourneyError('folder-not-writable', params, { cause: error });
  }
}

/** The first SIGTERM or SIGINT; a second one ends the process at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        for (const second of ['SIGTERM', 'SIGINT'] as const) process.once(second, () => process.exit(130));
        resolve(signal);
      });
    }
  });
}

main().catch((error: unknown) => {
  const language = detectLanguage({ env });
  const text = isJourneyError(error)
    ? error.text(language).detail
    : error instanceof Error
      ? error.stack
      : String(error);
  process.stderr.write(`${service}: ${text}\n`);
  process.exit(isJourneyError(error) ? error.kind.exitCode : 70);
});
