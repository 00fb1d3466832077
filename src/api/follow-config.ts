import type { Server } from 'node:http';
import type { ConfigWatcher } from '../config/config-watcher.ts';
import type { EntryCache } from '../handler/entry-answer.ts';
import type { EventHub } from '../handler/event-hub.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { apiConfigSchema } from './config.ts';
import { applyServerSettings } from './http-server.ts';
import type { ProcessMetrics } from './process-metrics.ts';

export interface FollowConfigOptions {
  readonly configuration: ConfigWatcher<typeof apiConfigSchema>;
  readonly logger: Logger;
  readonly server: Server;
  readonly cache: EntryCache;
  readonly hub: EventHub;
  readonly metrics: ProcessMetrics;
}

/** Applies a reloaded configuration to what does not read its settings at each request, and says what changed. */
export function followConfig({ configuration, logger, server, cache, hub, metrics }: FollowConfigOptions): void {
  configuration.on({
    reloaded: ({ applied, needRestart }) => {
      const { value, hash } = configuration.current;
      logger.level = value.logLevel;
      applyServerSettings(server, value.server);
      cache.configure(value.cache);
      metrics.reload('applied');
      logger.info({ applied, needRestart, hash }, 'configuration reloaded');
      hub.publish('config.reloaded', { applied, needRestart, hash });
    },
    rejected: ({ reason }) => {
      metrics.reload('rejected');
      logger.error({ reason }, 'configuration rejected: the last good one stays');
      hub.publish('config.rejected', { reason });
    },
    degraded: (reason) => logger.warn({ reason }, 'cannot watch the configuration folder: polling it'),
  });
}
