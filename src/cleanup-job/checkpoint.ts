import { createHash } from 'node:crypto';
import { type Pass, passes } from './cleanup-store.ts';
import type { CleanupSettings } from './config.ts';

/** Where a run stopped, so that the next one goes on instead of starting over. */
export interface Checkpoint {
  readonly pass: Pass;
  /** The store's own; `undefined` is the start of the pass. A string: SCAN cursors do not fit a number. */
  readonly cursor: string | undefined;
}

/** Long enough for the next hourly run and a missed one; older positions are not worth keeping. */
export const checkpointTtlMs = 24 * 60 * 60 * 1_000;

/**
 * Position and what it is worth: it is only taken up by a run with the same rules on the same server process. After a
 * restart SCAN cursors count through a differently ordered table, and under other rules entries already passed matter
 * again.
 */
export function encodeCheckpoint({ pass, cursor }: Checkpoint, basis: string): string {
  return JSON.stringify({ basis, pass, ...(cursor === undefined ? {} : { cursor }) });
}

/** @returns `undefined` for anything that is not a checkpoint of this basis, damaged ones included. */
export function decodeCheckpoint(text: string | undefined, basis: string): Checkpoint | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as { basis?: unknown; pass?: unknown; cursor?: unknown } | null;
    const pass = passes.find((name) => name === value?.pass);
    const cursor = value?.cursor;
    if (value?.basis !== basis || pass === undefined) return undefined;
    if (cursor !== undefined && typeof cursor !== 'string') return undefined;
    return { pass, cursor };
  } catch {
    return undefined;
  }
}

/** What a checkpoint depends on, as a short digest. Limits and batch sizes are not part of it. */
export function checkpointBasis(instance: string, settings: CleanupSettings): string {
  const { mode, cachePrefixes, retention, graceSeconds } = settings;
  const text = JSON.stringify([instance, mode, cachePrefixes, retention, graceSeconds]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
