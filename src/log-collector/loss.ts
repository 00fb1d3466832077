/** Why bytes were not delivered; the `reason` label of `journey_collector_lost_bytes_total`. */
export const lossReasons = [
  /** The kubelet deleted the file before we could read it (or while we were not running). */
  'rotated_away',
  /** The file was cut while bytes in it were unread. */
  'truncated',
  /** The file was gone between being listed and being opened. */
  'deleted_before_read',
  /** Deleted files held open had reached the cap. */
  'fd_released',
  /** The sink refused the records for good. */
  'rejected',
  /** The part of a line beyond `reader.maxLineBytes`. */
  'line_too_long',
  /** A container over `reader.rateLimitBytes` whose file the kubelet was about to delete. */
  'rate_limited',
  /** The file could not be read: a damaged gzip, an I/O error. */
  'unreadable',
] as const;

export type LossReason = (typeof lossReasons)[number];
