import type { FastifyInstance } from 'fastify';
import { reasonOf } from '../errors/journey-error.ts';
import type { Lifecycle } from '../handler/lifecycle.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface ShutDownOptions {
  readonly app: FastifyInstance;
  readonly lifecycle: Lifecycle;
  /** `server.drainMs` and `server.stopMs`. */
  readonly drainMs: number;
  readonly stopMs: number;
  readonly logger: Logger;
  /** Ends what would otherwise hold its connection for ever: the event streams. */
  readonly endStreams: () => void;
  /** What is left to close once nothing can ask for it any more, in this order. */
  readonly close: readonly { readonly name: string; readonly close: () => Promise<void> | void }[];
}

/** Longest time one part may take to close. */
const closeDeadlineMs = 5_000;

/**
 * The order of leaving, each step bounded:
 *
 * 1. `/readyz` answers 503 and every answer carries `Connection: close`; event streams end.
 * 2. Requests are served as before for `server.drainMs`, because endpoints are removed from load balancers some time
 *    after the signal, not before it (kubernetes/kubernetes#67592).
 * 3. The port closes, idle connections too; requests in flight have `server.stopMs` to finish, then are cut.
 * 4. The near cache, the store and the watchers close.
 *
 * Flushing the log and exiting is left to the process.
 */
export async function shutDown(options: ShutDownOptions): Promise<void> {
  const { app, lifecycle, drainMs, stopMs, logger, endStreams, close } = options;
  lifecycle.advance('draining');
  logger.info({ drainMs }, 'draining: not ready any more, still serving');
  endStreams();
  await wait(drainMs);

  // An answer begun before the drain keeps its connection alive; it is idle once the answer is out.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const cut = setTimeout(() => {
    logger.warn({ stopMs }, 'requests are still in flight: cutting their connections');
    app.server.closeAllConnections();
  }, stopMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
  for (const part of close) {
    try {
      await within(closeDeadlineMs, part.close());
    } catch (error) {
      logger.error({ error, part: part.name }, `could not close the ${part.name}: ${reasonOf(error)}`);
    }
  }
  logger.info('stopped');
}

function wait(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

async function within(ms: number, work: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
