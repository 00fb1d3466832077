import { Counter, Gauge, type Registry } from 'prom-client';
import { heldBytes } from './chain/release-held.ts';
import type { Clock } from './clock.ts';
import type { Collector } from './collector.ts';
import type { Counters } from './counters.ts';
import { lagSeconds } from './lag.ts';
import { lossReasons } from './loss.ts';

/** Counters by metric name: read from plain numbers when the page is asked for, so that counting a line costs one addition. */
const counted: Readonly<Record<string, readonly [help: string, (counters: Counters) => number]>> = {
  read_bytes_total: ['Bytes of log files read.', (c) => c.readBytes],
  records_total: ['Records made from them.', (c) => c.records],
  malformed_total: ['Lines of no known format, delivered as raw text.', (c) => c.malformed],
  invalid_utf8_total: ['Records in which bytes were replaced by U+FFFD.', (c) => c.invalidUtf8],
  truncated_lines_total: ['Records cut to reader.maxLineBytes.', (c) => c.truncatedLines],
  incomplete_flushed_total: [
    'Last words without a newline, given out when their container ended.',
    (c) => c.incompleteFlushed,
  ],
  rotations_total: ['Rotations seen.', (c) => c.rotations],
  gz_resumed_total: ['Files gone on with in their compressed form.', (c) => c.gzResumed],
  truncations_total: ['Files that were cut while they were followed.', (c) => c.truncations],
  scans_total: ['Looks at the directories.', (c) => c.scans],
  sink_batches_total: ['Batches the sink has taken.', (c) => c.sinkBatches],
  sink_bytes_total: ['Bytes the sink has taken.', (c) => c.sinkBytes],
  sink_retries_total: ['Attempts to deliver that failed and were repeated.', (c) => c.sinkRetries],
  sink_rejected_total: ['Records the sink refused for good.', (c) => c.sinkRejected],
  checkpoint_writes_total: ['Checkpoints written.', (c) => c.checkpointWrites],
  checkpoint_errors_total: ['Checkpoints that could not be written.', (c) => c.checkpointErrors],
};

/** Registers `journey_collector_…` (research note §6.10). No label names a Pod or path: /streams has those. */
export function registerMetrics(registry: Registry, collector: Collector, clock: Clock): void {
  const registers = [registry];
  const { counters } = collector;
  for (const [name, [help, read]] of Object.entries(counted)) {
    new Counter({
      name: `journey_collector_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(counters));
      },
    });
  }
  new Counter({
    name: 'journey_collector_lost_bytes_total',
    help: 'Bytes that were not delivered, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of lossReasons) this.inc({ reason }, counters.lost[reason]);
    },
  });
  const chains = () => [...collector.chains.values()];
  const gauges: Readonly<Record<string, readonly [help: string, () => number]>> = {
    containers: ['Container instances followed.', () => collector.chains.size],
    file_bytes: [
      'Bytes of the files that are not yet completely delivered.',
      () => sum(chains(), (c) => c.files.reduce((n, f) => n + f.knownSize, 0)),
    ],
    lag_bytes: ['Bytes on disk not yet read.', () => sum(chains(), (c) => c.lagBytes)],
    lag_seconds: [
      'Age of the last line read of the container that is furthest behind; 0 when nothing is unread.',
      () => Math.max(0, ...chains().map((c) => lagSeconds(c, clock.wall()))),
    ],
    partial_open: [
      'Lines begun whose end has not come.',
      () => sum(chains(), (c) => c.partials.filter((p) => p.open).length),
    ],
    inflight_bytes: [
      'Bytes read that the sink has not taken: batches and unfinished lines.',
      () => collector.pendingBytes + collector.partialBytes,
    ],
    held_deleted_bytes: [
      'Disk space of deleted files held open until they are read.',
      () => heldBytes(collector.chains.values()),
    ],
    checkpoint_age_seconds: ['Time since the last checkpoint.', () => collector.checkpointAgeMs / 1_000],
  };
  for (const [name, [help, read]] of Object.entries(gauges)) {
    new Gauge({
      name: `journey_collector_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
