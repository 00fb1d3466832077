import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseConfig } from '../../../src/config/parse-config.ts';
import type { Clock } from '../../../src/log-collector/clock.ts';
import { Collector, type CollectorOptions } from '../../../src/log-collector/collector.ts';
import { type CollectorConfig, collectorConfigSchema } from '../../../src/log-collector/config.ts';
import { Counters } from '../../../src/log-collector/counters.ts';
import type { Sink } from '../../../src/log-collector/sinks/sink.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { CapturingSink } from './capturing-sink.ts';

export interface Bench {
  readonly root: string;
  readonly state: string;
}

/** A node's log root and a state folder, gone after the test. */
export function node(t: TestContext): Bench {
  const folder = tempFolder(t);
  const bench = { root: join(folder, 'pods'), state: join(folder, 'state') };
  mkdirSync(bench.root);
  mkdirSync(bench.state);
  return bench;
}

export interface RunOptions {
  readonly sink?: Sink;
  /** Settings by their environment variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly watch?: CollectorOptions['watch'];
  readonly hasEnded?: CollectorOptions['hasEnded'];
  readonly infoOf?: CollectorOptions['infoOf'];
  readonly redact?: CollectorOptions['redact'];
  readonly verdict?: CollectorOptions['verdict'];
  readonly isExcluded?: CollectorOptions['isExcluded'];
}

export interface Running {
  readonly collector: Collector;
  readonly counters: Counters;
  readonly sink: CapturingSink;
  /** Own log lines, parsed. */
  readonly log: { readonly level: string; readonly msg: string; readonly reason?: string }[];
  stop(flushMs?: number): Promise<void>;
  /** Ends it as `kill -9` would: what was not in the checkpoint by now is not known to the next one. */
  crash(): Promise<void>;
}

/** Settings with short intervals, and what is given by environment variables. */
export function configOf(bench: Bench, env: RunOptions['env'] = {}): CollectorConfig {
  return parseConfig(collectorConfigSchema, {
    fileName: 'test',
    fileText: undefined,
    env: {
      JOURNEY_LOGS_ROOT: bench.root,
      JOURNEY_STATE_DIRECTORY: bench.state,
      JOURNEY_LOGS_SCAN_MS: '20',
      JOURNEY_READER_POLL_MS: '5',
      JOURNEY_READER_ROTATION_SETTLE_MS: '30',
      JOURNEY_STATE_CHECKPOINT_MS: '100',
      ...env,
    },
  }).value;
}

/** Starts a collector in this process, with short intervals; it is stopped after the test if it still runs. */
export async function run(t: TestContext, bench: Bench, options: RunOptions = {}): Promise<Running> {
  const log: Running['log'] = [];
  const counters = new Counters();
  const sink = options.sink ?? new CapturingSink();
  const config = configOf(bench, options.env);
  const collector = await Collector.start({
    config: () => config,
    sink,
    counters,
    node: 'node-1',
    isExcluded: options.isExcluded ?? (() => false),
    logger: createLogger({
      service: 'log-collector',
      level: 'debug',
      destination: { write: (line: string) => void log.push(JSON.parse(line)) },
    }),
    ...(options.infoOf === undefined ? {} : { infoOf: options.infoOf }),
    ...(options.redact === undefined ? {} : { redact: options.redact }),
    ...(options.verdict === undefined ? {} : { verdict: options.verdict }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.watch === undefined ? {} : { watch: options.watch }),
    ...(options.hasEnded === undefined ? {} : { hasEnded: options.hasEnded }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (flushMs = 5_000) => {
    stopped ??= collector.stop(flushMs);
    return stopped;
  };
  t.after(() => stop(0));
  return {
    collector,
    counters,
    sink: sink as CapturingSink,
    log,
    stop,
    async crash() {
      const kept = `${bench.state}.kept`;
      rmSync(kept, { recursive: true, force: true });
      cpSync(bench.state, kept, { recursive: true });
      await stop(0);
      rmSync(bench.state, { recursive: true });
      cpSync(kept, bench.state, { recursive: true });
    },
  };
}
