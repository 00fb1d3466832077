import { randomBytes } from 'node:crypto';
import { planLoad } from '../../load/load-plan.ts';
import { loadJson } from '../../load/output/json.ts';
import { loadTable } from '../../load/output/table.ts';
import { runLoad } from '../../load/run-load.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruption } from '../interruption.ts';

export interface LoadOptions {
  readonly url?: string;
  readonly seconds?: number;
  readonly connections?: number;
  readonly keys?: number;
  readonly reads?: number;
  readonly bytes?: number;
  readonly rate?: number;
  readonly allowRemote?: boolean;
  readonly json?: boolean;
}

/** `journey load`: measures the API for a bounded time. Exits with 1 when a request failed. */
export async function load(context: CliContext, options: LoadOptions): Promise<number> {
  const { stdout, stderr, language } = context;
  const { url, seconds, connections, keys, bytes: valueBytes, rate: ratePerSecond, allowRemote } = options;
  const readShare = options.reads === undefined ? undefined : options.reads / 100;
  const plan = planLoad({ url, seconds, connections, keys, readShare, valueBytes, ratePerSecond, allowRemote });
  const { signal, end } = interruption(context);
  const terminal = stderr.isTTY === true;
  try {
    const result = await runLoad({
      plan,
      runId: randomBytes(4).toString('hex'),
      signal,
      random: Math.random,
      events: {
        progress: (share) => {
          if (terminal) stderr.write(`\r\u001b[K  ${Math.round(share * 100)} %`);
        },
      },
    });
    if (terminal) stderr.write('\r\u001b[K');
    stdout.write(options.json === true ? loadJson(result) : loadTable(result, language));
    if (result.interrupted) return exitCodes.interrupted;
    return result.errors.length > 0 ? exitCodes.failed : exitCodes.ok;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    end();
  }
}
