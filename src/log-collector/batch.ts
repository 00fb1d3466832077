import type { ContainerChain } from './chain/container-chain.ts';
import type { Position } from './chain/log-file.ts';

/** The part of a batch that came from one container, and how far it was read when the part ended. */
export interface Segment {
  readonly chain: ContainerChain;
  readonly start: number;
  readonly end: number;
  readonly records: number;
  /** One position per stream: what may be committed once the sink has the segment. */
  readonly positions: readonly Position[];
}

/** Encoded records on their way to the sink, in the order they were read. */
export class Batch {
  bytes: Buffer;
  length = 0;
  records = 0;
  readonly segments: Segment[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /**
   * Whether `needed` more bytes fit. An empty batch takes any record, growing for the one that is larger than it:
   * a line of control characters becomes six times as long.
   */
  hasRoom(needed: number): boolean {
    if (this.length + needed <= this.bytes.length) return true;
    if (this.length > 0) return false;
    this.bytes = Buffer.allocUnsafeSlow(needed);
    return true;
  }

  clear(): void {
    this.length = 0;
    this.records = 0;
    this.segments.length = 0;
    if (this.bytes.length > this.#capacity) this.bytes = Buffer.allocUnsafeSlow(this.#capacity);
  }
}
