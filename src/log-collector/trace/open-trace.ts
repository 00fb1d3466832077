import { BudgetedBytes, type PartialBudget } from '../chain/budgeted-bytes.ts';
import type { TraceState } from './trace-rules.ts';

const firstBytes = 4_096;
/** A buffer up to this size is kept from one record to the next, while lines keep coming. */
const keptBytes = 32_768;

/** Lines of one stream that are one record so far, and to which the next line may belong. */
export class OpenTrace extends BudgetedBytes {
  lines = 0;
  /** The marks of all its lines. */
  flags = 0;
  /** Something has been taken out of one of its lines. */
  redacted = false;
  state: TraceState = 'any';
  /** Milliseconds since the epoch at which the last of its lines was written, by its own time stamp. */
  lastMs = 0;

  /** Begins with the place and time of its first line. @returns false if the budget has no room for it. */
  begin(text: Buffer, from: number, end: number, budget: PartialBudget): boolean {
    this.length = 0;
    if (!this.#reserve(end - from, budget)) return false;
    text.copy(this.bytes, 0, from, end);
    this.length = end - from;
    this.lines = 1;
    this.open = true;
    return true;
  }

  /** Adds a line. @returns false, having changed nothing, if the budget has no room for it. */
  append(text: Buffer, from: number, end: number, budget: PartialBudget): boolean {
    const length = this.length + 1 + end - from;
    if (!this.#reserve(length, budget)) return false;
    this.bytes[this.length] = 0x0a;
    text.copy(this.bytes, this.length + 1, from, end);
    this.length = length;
    this.lines++;
    return true;
  }

  #reserve(needed: number, budget: PartialBudget): boolean {
    if (needed <= this.bytes.length) return true;
    const capacity = Math.max(firstBytes, needed, this.bytes.length * 2);
    // The other half is for unfinished lines: without room those are cut, while a trace is only given out in parts.
    if (budget.used + capacity - this.bytes.length > budget.max / 2) return false;
    this.grow(capacity, budget);
    return true;
  }

  /** The record has been given out; another is likely to begin at once. */
  reset(budget: PartialBudget): void {
    this.open = false;
    this.length = 0;
    this.file = undefined;
    if (this.bytes.length > keptBytes) this.end(budget);
  }
}
