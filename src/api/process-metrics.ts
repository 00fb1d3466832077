import { Counter, Gauge, type Registry } from 'prom-client';

export interface ProcessMetricsOptions {
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly configLoadedAt: () => number;
  readonly eventClients: () => number;
  readonly droppedLogLines: () => number;
}

export interface ProcessMetrics {
  reload(result: 'applied' | 'rejected'): void;
}

/** What is worth watching of the process itself. */
export function registerProcessMetrics(options: ProcessMetricsOptions): ProcessMetrics {
  const { registry, configLoadedAt, eventClients, droppedLogLines } = options;
  const registers = [registry];
  const reloads = new Counter({
    name: 'journey_config_reloads_total',
    help: 'Changes of the configuration file, by what became of them.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['applied', 'rejected']) reloads.inc({ result }, 0);
  new Gauge({
    name: 'journey_config_loaded_timestamp_seconds',
    help: 'When the configuration in use was loaded, in seconds since the epoch.',
    registers,
    collect() {
      this.set(configLoadedAt() / 1_000);
    },
  });
  new Gauge({
    name: 'journey_event_clients',
    help: 'Clients that follow /api/v1/events.',
    registers,
    collect() {
      this.set(eventClients());
    },
  });
  new Counter({
    name: 'journey_log_lines_dropped_total',
    help: 'Log lines nobody read in time.',
    registers,
    collect() {
      this.reset();
      this.inc(droppedLogLines());
    },
  });
  return { reload: (result) => reloads.inc({ result }) };
}
