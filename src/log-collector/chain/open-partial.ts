import type { SourceLabel } from '../record/source-label.ts';
import { BudgetedBytes, type PartialBudget } from './budgeted-bytes.ts';
import type { LogFile } from './log-file.ts';

const firstBytes = 32_768;

/** Pieces (`P`) of a line whose end (`F`) has not come yet, of one stream of one container. */
export class OpenPartial extends BudgetedBytes {
  /** Bytes that had no room: over the longest line, or over the budget. */
  cut = 0;
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
    this.grow(capacity, budget);
    return capacity;
  }

  override end(budget: PartialBudget): void {
    super.end(budget);
    this.label = undefined;
  }
}
