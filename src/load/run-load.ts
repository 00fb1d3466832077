import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { LoadPlan } from './load-plan.ts';
import { Tally, type TallyResult } from './tally.ts';
import { createTickets } from './tickets.ts';

export interface RunLoadOptions {
  readonly plan: LoadPlan;
  /** Marks this run's keys: letters and digits. */
  readonly runId: string;
  /** Ends the run early; what was measured until then is the result. */
  readonly signal: AbortSignal;
  /** 0 to 1. */
  readonly random: () => number;
  readonly events?: Partial<LoadEvents>;
}

export interface LoadEvents {
  /** The keys are written, the clock starts. */
  started(): void;
  /** Share of the time gone, 0 to 1. */
  progress(share: number): void;
}

export interface LoadResult extends TallyResult {
  readonly plan: LoadPlan;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly perSecond: number;
  /** Share of one core that this program itself needed, 0 to 1: close to 1 it has measured itself. */
  readonly generatorLoad: number;
  readonly interrupted: boolean;
}

/** Entries live this long after a run that could not delete them, in seconds. */
const entryTtlSeconds = 600;
const requestTimeoutMs = 5_000;
/** For writing the keys before and deleting them after. */
const housekeepingMs = 30_000;

interface Target {
  readonly pool: Pool;
  readonly plan: LoadPlan;
  readonly keyOf: (index: number) => string;
  readonly bodyOf: (index: number) => string;
}

/**
 * Writes the keys, reads and writes them for a while, deletes them.
 *
 * @throws JourneyError `load-target-unreachable` when the target does not answer or is not this API.
 */
export async function runLoad({ plan, runId, signal, random, events = {} }: RunLoadOptions): Promise<LoadResult> {
  const pool = new Pool(plan.url.origin, {
    connections: plan.connections,
    // One request at a time on each: what is queued behind another on the wire has no latency of its own.
    pipelining: 1,
    connectTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
  });
  const keyOf = (index: number): string => `journey:load:${runId}:${index}`;
  const filler = 'x'.repeat(plan.valueBytes - 2);
  const bodyOf = (index: number): string => JSON.stringify({ key: keyOf(index), value: filler, ttl: entryTtlSeconds });
  const target: Target = { pool, plan, keyOf, bodyOf };
  try {
    await expectOurApi(target, signal);
    await eachKey(target, signal, (index) => write(target, index, signal));
    return await measure(target, { signal, random, events });
  } finally {
    // A deadline of its own, so that an interrupted run cleans up as well.
    await eachKey(target, AbortSignal.timeout(housekeepingMs), (index, s) => remove(target, index, s)).catch(
      () => undefined,
    );
    await pool.destroy();
  }
}

async function measure(
  target: Target,
  options: Required<Pick<RunLoadOptions, 'signal' | 'random' | 'events'>>,
): Promise<LoadResult> {
  const { plan } = target;
  const { signal, random, events } = options;
  const tally = new Tally();
  const startedAt = Date.now();
  const startAt = performance.now();
  const endAt = startAt + plan.durationMs;
  const tickets = createTickets({
    startAt,
    endAt,
    ratePerSecond: plan.ratePerSecond,
    signal,
    now: () => performance.now(),
  });
  const before = performance.eventLoopUtilization();
  events.started?.();
  const beat = setInterval(() => events.progress?.(Math.min(1, (performance.now() - startAt) / plan.durationMs)), 250);
  try {
    const worker = async (): Promise<void> => {
      for (let due = await tickets.next(); due !== undefined; due = await tickets.next()) {
        const index = Math.floor(random() * plan.keys);
        await (random() < plan.readShare
          ? timedRead(target, index, due, tally, signal)
          : timedWrite(target, index, due, tally, signal));
      }
    };
    await Promise.all(Array.from({ length: plan.connections }, worker));
  } finally {
    clearInterval(beat);
  }
  const durationMs = performance.now() - startAt;
  const result = tally.result();
  return {
    ...result,
    plan,
    startedAt,
    durationMs,
    perSecond: (result.reads.count + result.writes.count) / (durationMs / 1_000),
    generatorLoad: performance.eventLoopUtilization(before).utilization,
    interrupted: signal.aborted,
  };
}

async function timedRead(
  { pool, keyOf }: Target,
  index: number,
  due: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  try {
    const path = `/api/v1/data/${encodeURIComponent(keyOf(index))}`;
    const { statusCode, headers, body } = await pool.request({ method: 'GET', path, signal });
    if (statusCode === 200) {
      await body.dump();
      const header = headers['cache-status'];
      tally.read(performance.now() - due, Array.isArray(header) ? header.join(', ') : header);
    } else {
      tally.error(...httpError(statusCode, await body.text()));
    }
  } catch (error) {
    if (!signal.aborted) tally.error(...networkError(error));
  }
}

async function timedWrite(
  target: Target,
  index: number,
  due: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { statusCode, body } = await post(target, index, signal);
    if (statusCode === 200 || statusCode === 201) {
      await body.dump();
      tally.write(performance.now() - due);
    } else {
      tally.error(...httpError(statusCode, await body.text()));
    }
  } catch (error) {
    if (!signal.aborted) tally.error(...networkError(error));
  }
}

function post({ pool, bodyOf }: Target, index: number, signal: AbortSignal) {
  const headers = { 'content-type': 'application/json' };
  return pool.request({ method: 'POST', path: '/api/v1/data', headers, body: bodyOf(index), signal });
}

async function write(target: Target, index: number, signal: AbortSignal): Promise<void> {
  const { statusCode, body } = await post(target, index, signal);
  const text = await body.text();
  if (statusCode > 299) {
    const reason = `POST /api/v1/data: ${statusCode} ${text.slice(0, 200)}`;
    throw new JourneyError('load-target-unreachable', { url: target.plan.url.origin, reason });
  }
}

async function remove({ pool, keyOf }: Target, index: number, signal: AbortSignal): Promise<void> {
  const path = `/api/v1/data/${encodeURIComponent(keyOf(index))}`;
  await (await pool.request({ method: 'DELETE', path, signal })).body.dump();
}

/** Does something with every key, over all connections. Stops at the first failure. */
async function eachKey(
  { plan }: Target,
  signal: AbortSignal,
  work: (index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < plan.keys && !signal.aborted) await work(next++, signal);
  };
  await Promise.all(Array.from({ length: Math.min(plan.connections, plan.keys) }, worker));
}

/** Load is only put on what says it is this API. */
async function expectOurApi({ pool, plan }: Target, signal: AbortSignal): Promise<void> {
  const url = plan.url.origin;
  let text: string;
  try {
    const { body } = await pool.request({ method: 'GET', path: '/api/v1/info', signal });
    text = await body.text();
  } catch (error) {
    throw new JourneyError('load-target-unreachable', { url, reason: reasonOf(error) }, { cause: error });
  }
  if (!/"app":\s*"cloudnative-journey"/.test(text)) {
    throw new JourneyError('load-target-unreachable', { url, reason: '/api/v1/info does not say cloudnative-journey' });
  }
}

function httpError(status: number, body: string): [kind: string, example: string] {
  const code = /"code":\s*"([^"]+)"/.exec(body)?.[1];
  return [`http ${status}${code === undefined ? '' : ` ${code}`}`, body.replace(/\s+/g, ' ').slice(0, 200)];
}

function networkError(error: unknown): [kind: string, example: string] {
  const code = (error as { code?: unknown }).code;
  return [typeof code === 'string' ? code : 'network', reasonOf(error)];
}
