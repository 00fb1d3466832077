import type { Batch } from '../batch.ts';
import type { RecordEncoder } from '../record/encoder.ts';

/** What a sink refused for good; everything else of the batch it has taken. */
export interface Refused {
  readonly records: number;
  readonly bytes: number;
}

export const nothingRefused: Refused = { records: 0, bytes: 0 };

/**
 * Where records go. The reader has one batch under way at a time and fills the next meanwhile; while `write` has not
 * resolved, reading stops once that one is full. That is the whole of back-pressure: the log files are the buffer.
 */
export interface Sink {
  readonly encoder: RecordEncoder;
  /**
   * Delivers `batch.bytes` up to `batch.length`; retries by itself, for as long as it takes, whatever may be retried.
   * Resolves once each record has been taken or refused for good: only then do checkpoints move past them.
   * Rejects only when `signal` aborts, or on a fault of our own.
   */
  write(batch: Batch, signal: AbortSignal): Promise<Refused>;
  /** Makes what was taken survive a power cut; awaited before a checkpoint says that it was taken. */
  sync?(): Promise<void>;
  close(): Promise<void>;
}
