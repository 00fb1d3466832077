/** Time as the collector needs it. Deadlines use the monotonic one, so that a step of the wall clock moves none. */
export interface Clock {
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds that never step back. */
  monotonic(): number;
}

export const systemClock: Clock = { wall: Date.now, monotonic: () => performance.now() };
