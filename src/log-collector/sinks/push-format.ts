import type { Labels } from '../metadata/label-selector.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import type { RecordEncoder } from '../record/encoder.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import type { BodyBuffer } from './body-buffer.ts';

/** Encoded records of one container, one behind the other. */
export interface PushPart {
  readonly instance: ContainerInstance;
  /** What the API has said about its Pod, and the labels of it that were chosen. */
  readonly info?: PodInfo | undefined;
  readonly labels?: Labels | undefined;
  readonly bytes: Buffer;
}

/** What differs between the servers that records are pushed to. */
export interface PushFormat {
  readonly encoder: RecordEncoder;
  readonly contentType: string;
  /** The request body, before compression; in `buffer`, so valid until that is used again. */
  body(parts: readonly PushPart[], node: string, buffer?: BodyBuffer): Buffer;
  /** Where the encoded record at `at` ends. */
  recordEnd(bytes: Buffer, at: number): number;
  /** One encoded record as JSON, for whoever reads the dead letters. */
  json(record: Buffer): string;
  /** Whether the same request may succeed later. */
  mayRetry(status: number): boolean;
  /** What the server says in the body of its answer. */
  answer(body: Buffer, status: number, contentType: string): Answer;
}

export interface Answer {
  /** Why the request was refused or what was wrong with it; empty for one that was taken as it was. */
  readonly message: string;
  /** Records that were refused although the request was taken. */
  readonly refused: number;
}

/** Encoded records one by one. */
export function* recordsIn(bytes: Buffer, { recordEnd }: PushFormat): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = recordEnd(bytes, at);
    yield bytes.subarray(at, end);
    at = end;
  }
}
