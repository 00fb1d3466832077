import type { RecordView } from './record-view.ts';

/** Writes records the way one kind of sink wants them, each with its end marked, so that a batch can be split again. */
export interface RecordEncoder {
  /** Upper bound of the bytes {@link encode} writes for this record. */
  room(record: RecordView): number;
  /** Writes the record at `at` and returns where it ends. `out` has {@link room}. */
  encode(out: Buffer, at: number, record: RecordView): number;
}
