import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { messages as m } from '../messages.ts';
import { programMains } from '../program-mains.ts';
import { type Proof, proveCollector } from '../prove/prove-collector.ts';

export interface LogsProveOptions {
  readonly seconds: number;
  readonly rate: number;
  readonly kills: number;
  readonly json?: boolean;
}

const progressText = {
  started: m.proveStarted,
  killed: m.proveKilled,
  'sink-down': m.proveSinkDown,
  'sink-up': m.proveSinkUp,
  draining: m.proveDraining,
} as const;

/** `journey logs prove`: torments a collector of its own and accounts for every line. Exits with 1 if one is not. */
export async function logsProve(context: CliContext, options: LogsProveOptions): Promise<number> {
  const { host, language, stdout, stderr } = context;
  const folder = await mkdtemp(join(tmpdir(), 'journey-prove-'));
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const origin = BigInt(host.wallMs()) * 1_000_000n - host.monotonicNs();
    const proof = await proveCollector({
      folder,
      execPath: host.execPath,
      main: programMains(context).mainOf('log-collector'),
      path: host.env['PATH'],
      seconds: options.seconds,
      linesPerSecond: options.rate,
      kills: options.kills,
      drainMs: 60_000,
      now: () => origin + host.monotonicNs(),
      monotonicMs: () => Number(host.monotonicNs() / 1_000_000n),
      progress: (event) => void stderr.write(`${progressText[event][language]}\n`),
      signal,
    });
    if (options.json === true) stdout.write(`${JSON.stringify(proof)}\n`);
    else stdout.write(report(proof, context));
    return proof.proven ? exitCodes.ok : exitCodes.failed;
  }).finally(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function report(proof: Proof, { language }: CliContext): string {
  const rows = [
    [m.proveSent, proof.sent],
    [m.proveStored, proof.stored],
    [m.proveMissing, proof.missing],
    [m.proveTwice, proof.twice],
    [m.proveUnknownRepeats, proof.unknownRepeats],
    [m.proveOutOfOrder, proof.outOfOrder],
    [m.proveLostBytes, proof.lostBytes],
  ] as const;
  const lines = rows.map(([name, count]) => `${String(count).padStart(10)}  ${name[language]}`);
  return `${lines.join('\n')}\n${(proof.proven ? m.proven : m.notProven)[language]}\n`;
}
