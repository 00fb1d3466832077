import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CriLogWriter } from '../../supervisor/logs/cri-log-writer.ts';
import { type Account, Accounting } from './accounting.ts';
import { CollectorProcess } from './collector-process.ts';
import { openReceiver } from './receiver.ts';

export interface ProveOptions {
  readonly folder: string;
  readonly execPath: string;
  readonly main: string;
  readonly path: string | undefined;
  readonly seconds: number;
  readonly linesPerSecond: number;
  readonly kills: number;
  /** How long what is left may take to arrive once nothing is written any more. */
  readonly drainMs: number;
  readonly now: () => bigint;
  readonly monotonicMs: () => number;
  /** Told what is being done to the collector. */
  readonly progress: (event: 'started' | 'killed' | 'sink-down' | 'sink-up' | 'draining') => void;
  readonly signal: AbortSignal;
}

export interface Proof extends Account {
  readonly kills: number;
  readonly refusedRequests: number;
  readonly rotationBytes: number;
  /** Bytes that the collector itself counted as lost. */
  readonly lostBytes: number;
  /** Nothing missing, nothing out of order, and every repeat known by its key. */
  readonly proven: boolean;
}

/** Small, so that a run of seconds has many rotations. */
const rotationBytes = 262_144;

/**
 * Writes numbered lines as a container runtime would, rotates them as the kubelet would, kills the collector without
 * warning, takes the log store away for a while, and accounts for every line.
 */
export async function proveCollector(options: ProveOptions): Promise<Proof> {
  const { folder, seconds, kills, progress, signal, monotonicMs } = options;
  const accounting = new Accounting();
  const receiver = await openReceiver((arrival) => accounting.add(arrival));
  const state = join(folder, 'state');
  await mkdir(state, { recursive: true });
  const start = () =>
    new CollectorProcess({
      execPath: options.execPath,
      main: options.main,
      env: {
        PATH: options.path,
        JOURNEY_LOGS_ROOT: join(folder, 'pods'),
        JOURNEY_STATE_DIRECTORY: state,
        JOURNEY_SINK_KIND: 'otlp',
        JOURNEY_SINK_PUSH_URL: receiver.url,
        JOURNEY_HTTP_HOST: '127.0.0.1',
        JOURNEY_HTTP_PORT: '0',
      },
    });
  const load = new Load(options);
  let lostBytes = 0;
  let collector = start();
  try {
    await collector.ready();
    progress('started');
    const begun = monotonicMs();
    const writing = load.run();
    // The kills are spread over the run; the store is away in its middle.
    const happenings = [
      ...Array.from({ length: kills }, (_, n) => ({ at: (n + 1) / (kills + 1), what: 'kill' as const })),
      { at: 0.4, what: 'down' as const },
      { at: 0.6, what: 'up' as const },
    ].sort((a, b) => a.at - b.at);
    for (const { at, what } of happenings) {
      await sleep(Math.max(0, begun + at * seconds * 1_000 - monotonicMs()), undefined, { signal });
      if (what !== 'kill') {
        receiver.down = what === 'down';
        progress(receiver.down ? 'sink-down' : 'sink-up');
        continue;
      }
      lostBytes += await collector.lostBytes(signal);
      await collector.end('SIGKILL');
      progress('killed');
      collector = start();
      await collector.ready();
    }
    await writing;
    progress('draining');
    const deadline = monotonicMs() + options.drainMs;
    while (accounting.stored < load.sent && monotonicMs() < deadline) await sleep(50, undefined, { signal });
    lostBytes += await collector.lostBytes(signal);
    await collector.end('SIGTERM');
  } finally {
    load.stop();
    await collector.end('SIGKILL');
    receiver.close();
  }
  const account = accounting.close(load.sent);
  const proven = account.missing === 0 && account.outOfOrder === 0 && account.unknownRepeats === 0 && account.sent > 0;
  return { ...account, kills, refusedRequests: receiver.refused, rotationBytes, lostBytes, proven };
}

/** The container: numbered lines at a steady rate. */
class Load {
  sent = 0;
  readonly #options: ProveOptions;
  #stopped = false;

  constructor(options: ProveOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { folder, now, signal } = this.#options;
    const writer = new CriLogWriter({
      file: join(folder, 'pods', 'prove_generator_0b6756a2-6a55-4b71-98f2-a3544e821da2', 'main', '0.log'),
      maxBytes: rotationBytes,
      // More than the kubelet keeps: what is proven is the collector, not how long a store may be away.
      maxFiles: 1_000,
      now,
    });
    try {
      await writer.drain('stdout', this.#lines(signal));
    } finally {
      await writer.close();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async *#lines(signal: AbortSignal): AsyncGenerator<Buffer> {
    const { seconds, linesPerSecond, monotonicMs } = this.#options;
    const begun = monotonicMs();
    const total = Math.round(seconds * linesPerSecond);
    while (this.sent < total && !this.#stopped) {
      const due = Math.min(total, Math.floor(((monotonicMs() - begun) / 1_000) * linesPerSecond));
      let text = '';
      for (let n = this.sent; n < due; n++) text += `seq=${n} level=info msg="a line to be accounted for"\n`;
      this.sent = Math.max(this.sent, due);
      if (text !== '') yield Buffer.from(text);
      await sleep(10, undefined, { signal });
    }
  }
}
