/** Code that is compiled while running, pages of the program that are touched late, stacks, the allocator's waste. */
const growthBytes = 24 * 1_048_576;

export interface MemoryCeilingOptions {
  /** Most log data in memory: `reader.inflightMaxBytes` and the read buffer. */
  readonly dataBytes: number;
  /** V8's heap limit. */
  readonly heapLimitBytes: number;
  /** Resident memory and heap before anything has been looked at, so that it is the same however many Pods there are. */
  readonly residentBytes: number;
  readonly heapTotalBytes: number;
}

/**
 * The most memory this process can come to use, in bytes: the number for the container's limit. V8's heap counts with
 * its limit, so without `--max-old-space-size` the number is large, and true.
 */
export function memoryCeiling(options: MemoryCeilingOptions): number {
  const { dataBytes, heapLimitBytes, residentBytes, heapTotalBytes } = options;
  return dataBytes + heapLimitBytes + Math.max(0, residentBytes - heapTotalBytes) + growthBytes;
}
