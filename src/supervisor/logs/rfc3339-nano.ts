/** Nanoseconds since the epoch, as Go's `time.RFC3339Nano` writes them: UTC, trailing zeros of the fraction dropped. */
export function rfc3339Nano(nanoseconds: bigint): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

export interface Clocks {
  /** Wall clock in milliseconds since the epoch. */
  readonly wallMs: () => number;
  /** Monotonic clock in nanoseconds from any origin. */
  readonly monotonicNs: () => bigint;
}

/** When both clocks have drifted apart this far, the wall clock was set (or the machine slept) and wins. */
const maxDriftNs = 100_000_000n;

/** A wall clock with nanoseconds: the monotonic clock, anchored to the wall clock. */
export function nanosecondClock({ wallMs, monotonicNs }: Clocks): () => bigint {
  const wallNs = () => BigInt(Math.trunc(wallMs())) * 1_000_000n;
  let offset = wallNs() - monotonicNs();
  return () => {
    const now = monotonicNs() + offset;
    const drift = now - wallNs();
    if (drift < maxDriftNs && drift > -maxDriftNs) return now;
    offset = wallNs() - monotonicNs();
    return monotonicNs() + offset;
  };
}
