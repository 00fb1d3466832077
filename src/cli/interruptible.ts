import type { CliContext } from './context.ts';

/**
 * Runs something until it ends or the user ends it: Ctrl-C, SIGTERM and SIGHUP abort the signal, and a failure after
 * that is the interruption itself.
 *
 * @param interrupted the answer then.
 */
export async function interruptible<T>(
  { onStopSignal }: CliContext,
  interrupted: T,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const giveSignalsBack = onStopSignal(() => controller.abort());
  try {
    return await run(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return interrupted;
    throw error;
  } finally {
    giveSignalsBack();
  }
}
