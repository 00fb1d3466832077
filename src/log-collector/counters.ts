import { type LossReason, lossReasons } from './loss.ts';

/** What has been counted since the process began; plain numbers, read by the metrics page when it is asked for. */
export class Counters {
  readBytes = 0;
  records = 0;
  malformed = 0;
  invalidUtf8 = 0;
  truncatedLines = 0;
  incompleteFlushed = 0;
  joinedLines = 0;
  redacted = 0;
  rateLimited = 0;
  rotations = 0;
  gzResumed = 0;
  truncations = 0;
  sinkBatches = 0;
  sinkBytes = 0;
  sinkRetries = 0;
  sinkRejected = 0;
  checkpointWrites = 0;
  checkpointErrors = 0;
  scans = 0;
  readonly configReloads = { applied: 0, rejected: 0 };
  readonly lost: Record<LossReason, number> = Object.fromEntries(lossReasons.map((r) => [r, 0])) as Record<
    LossReason,
    number
  >;
}
