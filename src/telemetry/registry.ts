import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface CreateRegistryOptions {
  readonly service: string;
  readonly version: string;
  readonly nodeVersion: string;
}

/** A Prometheus registry of its own (never the global one) with `journey_build_info` and the process metrics. */
export function createRegistry({ service, version, nodeVersion }: CreateRegistryOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'journey_build_info',
    help: 'Always 1; the labels say which build this is.',
    labelNames: ['service', 'version', 'node'],
    registers: [registry],
  }).set({ service, version, node: nodeVersion }, 1);
  return registry;
}
