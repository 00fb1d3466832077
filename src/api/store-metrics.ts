import type { Registry } from 'prom-client';
import { type StoreCommand, type StoreObserver, storeCommands } from '../cache/store-observer.ts';
import { FastHistogram, type Series } from '../telemetry/fast-histogram.ts';

/** From what SQLite takes in memory to what a command deadline cuts off, in seconds. */
const bounds = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** `journey_store_command_duration_seconds{command,outcome}`. */
export function storeMetrics(registry: Registry): StoreObserver {
  const histogram = new FastHistogram({
    registry,
    name: 'journey_store_command_duration_seconds',
    help: 'Duration of round trips to the store in seconds.',
    labelNames: ['command', 'outcome'],
    bounds,
  });
  const ok = new Map<StoreCommand, Series>(storeCommands.map((command) => [command, histogram.series(command, 'ok')]));
  return {
    command: (command, seconds, outcome) => {
      const series = outcome === 'ok' ? ok.get(command) : undefined;
      (series ?? histogram.series(command, outcome)).observe(seconds);
    },
  };
}
