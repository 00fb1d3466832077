import type { LogFile } from './log-file.ts';

/** The one budget that the unfinished records of all containers share. */
export interface PartialBudget {
  used: number;
  readonly max: number;
}

/** The text of one unfinished record and where it began, in a buffer that counts against the budget. */
export class BudgetedBytes {
  open = false;
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  /** Time and place of what came first: they are the record's. */
  time: Buffer = this.bytes;
  offset = 0;
  file: LogFile | undefined;

  /** Makes room for `capacity` bytes; whether the budget has it is for the caller to know. */
  protected grow(capacity: number, budget: PartialBudget): void {
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.length);
    budget.used += capacity - this.bytes.length;
    this.bytes = grown;
  }

  /** Forgets the text and gives the memory back. */
  end(budget: PartialBudget): void {
    budget.used -= this.bytes.length;
    this.bytes = Buffer.alloc(0);
    this.open = false;
    this.length = 0;
    this.file = undefined;
  }
}
