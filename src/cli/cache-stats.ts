import { reasonOf } from '../errors/journey-error.ts';

/** What `journey status` shows of `/api/v1/cache/stats`; whatever the API does not say is `undefined`. */
export interface CacheFigures {
  /** 0 to 1 since start; `undefined` before the first read. */
  readonly hitRate: number | undefined;
  readonly entries: number | undefined;
  readonly bytes: number | undefined;
}

/** Longest wait for the API, in milliseconds. */
const deadlineMs = 1_000;

/** @returns the figures, or why there are none; `timeout` when no answer came within {@link deadlineMs} */
export async function fetchCacheFigures(apiUrl: string): Promise<CacheFigures | { readonly problem: string }> {
  try {
    const answer = await fetch(`${apiUrl}/api/v1/cache/stats`, { signal: AbortSignal.timeout(deadlineMs) });
    if (!answer.ok) return { problem: `HTTP ${answer.status}` };
    return readFigures(await answer.json());
  } catch (error) {
    return { problem: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : reasonOf(error) };
  }
}

function readFigures(body: unknown): CacheFigures {
  const near = child(body, 'near');
  return {
    hitRate: number(child(child(near, 'hitRate'), 'sinceStart')),
    entries: number(child(near, 'entries')),
    bytes: number(child(near, 'bytes')),
  };
}

function child(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
