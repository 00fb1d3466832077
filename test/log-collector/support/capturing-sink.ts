import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch } from '../../../src/log-collector/batch.ts';
import { type JsonRecord, jsonLines } from '../../../src/log-collector/record/json-lines.ts';
import { nothingRefused, type Refused, type Sink } from '../../../src/log-collector/sinks/sink.ts';

/** A sink that can be stalled, as a full pipe or a server that is down would be. */
export class CapturingSink implements Sink {
  readonly encoder = jsonLines;
  readonly records: JsonRecord[] = [];
  stalled = false;
  batches = 0;

  async write(batch: Batch, signal: AbortSignal): Promise<Refused> {
    while (this.stalled) await sleep(2, undefined, { signal });
    signal.throwIfAborted();
    this.batches++;
    for (const line of batch.bytes.toString('utf8', 0, batch.length).split('\n')) {
      if (line !== '') this.records.push(JSON.parse(line) as JsonRecord);
    }
    return nothingRefused;
  }

  async close(): Promise<void> {}

  texts(): string[] {
    return this.records.map((record) => record.log);
  }
}
