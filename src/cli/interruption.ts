import type { CliContext } from './context.ts';

/** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; `end` gives the signals back. */
export function interruption({ onStopSignal }: CliContext): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const end = onStopSignal(() => controller.abort());
  return { signal: controller.signal, end };
}
