import type { SourceLabel } from '../record/source-label.ts';
import type { LogFile } from './log-file.ts';

/** The one budget that the unfinished lines of all containers share. */
export interface PartialBudget {
  used: number;
  readonly max: number;
}

const firstBytes = 32_768;

/** Pieces (`P`) of a line whose end (`F`) has not come yet, of one stream of one container. */
export class OpenPartial {
  open = false;
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  /** Bytes that had no room: over the longest line, or over the budget. */
  cut = 0;
  time: Buffer = Buffer.alloc(0);
  offset = 0;
  file: LogFile | undefined;
  label: SourceLabel | undefined;

  /** Opens with the place and time of the first piece: they are the record's. */
  begin(time: Buffer, offset: number, file: LogFile): void {
    this.open = true;
    this.length = 0;
    this.cut = 0;
    this.time = time;
    this.offset = offset;
    this.file = file;
    this.label = file.label;
  }

  append(bytes: Buffer, from: number, end: number, maxBytes: number, budget: PartialBudget): void {
    const wanted = Math.min(end - from, maxBytes - this.length);
    const room = this.#reserve(this.length + wanted, maxBytes, budget) - this.length;
    const taken = Math.min(wanted, room);
    bytes.copy(this.bytes, this.length, from, from + taken);
    this.length += taken;
    this.cut += end - from - taken;
  }

  /** Grows the buffer if the budget has room; returns the capacity there is then. */
  #reserve(needed: number, maxBytes: number, budget: PartialBudget): number {
    if (needed <= this.bytes.length) return this.bytes.length;
    const wanted = Math.min(Math.max(firstBytes, needed, this.bytes.length * 2), Math.max(maxBytes, needed));
    const capacity = Math.min(wanted, this.bytes.length + budget.max - budget.used);
    if (capacity <= this.bytes.length) return this.bytes.length;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.length);
    budget.used += capacity - this.bytes.length;
    this.bytes = grown;
    return capacity;
  }

  /** Forgets the pieces and gives the memory back. */
  end(budget: PartialBudget): void {
    budget.used -= this.bytes.length;
    this.bytes = Buffer.alloc(0);
    this.open = false;
    this.length = 0;
    this.file = undefined;
    this.label = undefined;
  }
}
