import { heldBytes } from './chain/release-held.ts';
import type { Clock } from './clock.ts';
import type { Collector } from './collector.ts';
import type { Counters } from './counters.ts';
import { lagSeconds } from './lag.ts';
import { lossReasons } from './loss.ts';

/** What the process knows of itself; taken as an argument since only `main.ts` touches `process`. */
export interface ProcessFacts {
  readonly version: string;
  readonly nodeVersion: string;
  readonly startedAt: number;
  residentBytes(): number;
  /** The most it can come to use. */
  memoryMaxBytes(): number;
  heapBytes(): number;
  /** When the configuration in force was loaded, in milliseconds since the epoch. */
  configLoadedAt(): number;
  cpuSeconds(): number;
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

const counted: Readonly<Record<string, readonly [help: string, read: (counters: Counters) => number]>> = {
  read_bytes: ['Bytes of log files read.', (c) => c.readBytes],
  records: ['Records made from them.', (c) => c.records],
  malformed: ['Lines of no known format, delivered as raw text.', (c) => c.malformed],
  invalid_utf8: ['Records in which bytes were replaced by U+FFFD.', (c) => c.invalidUtf8],
  truncated_lines: ['Records cut to reader.maxLineBytes.', (c) => c.truncatedLines],
  incomplete_flushed: [
    'Last words without a newline, given out when their container ended.',
    (c) => c.incompleteFlushed,
  ],
  joined_lines: ['Lines of stack traces that became part of the record before them.', (c) => c.joinedLines],
  redacted: ['Records from which a rule of records.redact took something out.', (c) => c.redacted],
  rate_limited: ['Turns that a container over reader.rateLimitBytes had to wait for.', (c) => c.rateLimited],
  rotations: ['Rotations seen.', (c) => c.rotations],
  gz_resumed: ['Files gone on with in their compressed form.', (c) => c.gzResumed],
  truncations: ['Files that were cut while they were followed.', (c) => c.truncations],
  scans: ['Looks at the directories.', (c) => c.scans],
  sink_batches: ['Batches the sink has taken.', (c) => c.sinkBatches],
  sink_bytes: ['Bytes the sink has taken.', (c) => c.sinkBytes],
  sink_retries: ['Attempts to deliver that failed and were repeated.', (c) => c.sinkRetries],
  sink_rejected: ['Records the sink refused for good.', (c) => c.sinkRejected],
  checkpoint_writes: ['Checkpoints written.', (c) => c.checkpointWrites],
  checkpoint_errors: ['Checkpoints that could not be written.', (c) => c.checkpointErrors],
};

/**
 * The page behind /metrics, Prometheus text format 0.0.4. Written by hand: the client library would cost this program
 * 15 MB of memory for thirty plain numbers. No label names a Pod or path: /streams has those.
 */
export function renderMetrics(collector: Collector, clock: Clock, facts: ProcessFacts): string {
  const page: string[] = [];
  const metric = (name: string, type: 'counter' | 'gauge', help: string, value: number, labels = '') => {
    if (help !== '') page.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    page.push(`${name}${labels} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value}`);
  };
  const { counters } = collector;
  for (const [name, [help, read]] of Object.entries(counted)) {
    metric(`journey_collector_${name}_total`, 'counter', help, read(counters));
  }
  for (const [i, reason] of lossReasons.entries()) {
    const help = i === 0 ? 'Bytes that were not delivered, by reason.' : '';
    metric('journey_collector_lost_bytes_total', 'counter', help, counters.lost[reason], `{reason="${reason}"}`);
  }
  for (const result of ['applied', 'rejected'] as const) {
    const help = result === 'applied' ? 'Changes of the configuration file, by what became of them.' : '';
    metric('journey_config_reloads_total', 'counter', help, counters.configReloads[result], `{result="${result}"}`);
  }
  for (const [name, [help, value]] of Object.entries(gauges(collector, clock))) {
    metric(`journey_collector_${name}`, 'gauge', help, value);
  }
  const labels = `{service="log-collector",version="${facts.version}",node="${facts.nodeVersion}"}`;
  metric('journey_build_info', 'gauge', 'Always 1; the labels say which build this is.', 1, labels);
  metric('process_cpu_seconds_total', 'counter', 'User and system CPU time spent, in seconds.', facts.cpuSeconds());
  metric('process_resident_memory_bytes', 'gauge', 'Resident memory, in bytes.', facts.residentBytes());
  metric('journey_collector_memory_max_bytes', 'gauge', 'The most memory it can come to use.', facts.memoryMaxBytes());
  metric('process_start_time_seconds', 'gauge', 'Start time, in seconds since the epoch.', facts.startedAt / 1_000);
  const loaded = 'When the configuration in use was loaded, in seconds since the epoch.';
  metric('journey_config_loaded_timestamp_seconds', 'gauge', loaded, facts.configLoadedAt() / 1_000);
  metric('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap in use, in bytes.', facts.heapBytes());
  return `${page.join('\n')}\n`;
}

function gauges(collector: Collector, clock: Clock): Readonly<Record<string, readonly [help: string, value: number]>> {
  let [fileBytes, lagBytes, lag, partialOpen] = [0, 0, 0, 0];
  let toLoss = Number.POSITIVE_INFINITY;
  for (const chain of collector.chains.values()) {
    for (const file of chain.files) fileBytes += file.knownSize;
    lagBytes += chain.lagBytes;
    toLoss = Math.min(toLoss, chain.forecast.secondsToLoss(chain.lagBytes, collector.keptBytes));
    lag = Math.max(lag, lagSeconds(chain, clock.wall()));
    for (const partial of chain.partials) if (partial.open) partialOpen++;
  }
  return {
    ready: [
      '1 when /readyz says so: the state folder can be written, and the first scan is over.',
      Number(collector.ready),
    ],
    containers: ['Container instances followed.', collector.chains.size],
    file_bytes: ['Bytes of the files that are not yet completely delivered.', fileBytes],
    lag_bytes: ['Bytes on disk not yet read.', lagBytes],
    lag_seconds: ['Age of the last line read of the container furthest behind; 0 when nothing is unread.', lag],
    seconds_to_loss: [
      'Until the kubelet deletes unread bytes of the container nearest to that, as things go; +Inf when none is.',
      toLoss,
    ],
    partial_open: ['Lines begun whose end has not come.', partialOpen],
    inflight_bytes: [
      'Bytes read that the sink has not taken: batches and unfinished lines.',
      collector.pendingBytes + collector.partialBytes,
    ],
    held_deleted_bytes: [
      'Disk space of deleted files held open until they are read.',
      heldBytes(collector.chains.values()),
    ],
    checkpoint_age_seconds: ['Time since the last checkpoint.', collector.checkpointAgeMs / 1_000],
  };
}
