import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Batch } from '../batch.ts';
import type { Counters } from '../counters.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import type { RecordEncoder } from '../record/encoder.ts';
import { type ContainerInstance, chosenLabels } from '../record/source-label.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { BodyBuffer } from './body-buffer.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type PushFormat, type PushPart, recordsIn } from './push-format.ts';
import type { Refused, Sink } from './sink.ts';

const compress = promisify(gzip);

export interface PushSinkOptions {
  readonly url: string;
  readonly format: PushFormat;
  readonly node: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  readonly counters: Counters;
  /** What the API has said about a container, if anything. */
  readonly infoOf?: (instance: ContainerInstance) => PodInfo | undefined;
  /** Labels of a Pod that are sent along. */
  readonly labelNames?: () => readonly string[];
  /** Keeps what the server refuses for good. */
  readonly deadLetter: (letters: Iterable<DeadLetter>, reason: string) => void;
  /** Told what the server finds wrong with a request it has taken, and how many records of it it has not. */
  readonly objected: (reason: string, refused: number) => void;
  /** Told at the first failure of a request, which is then tried until it works. */
  readonly failing: (reason: string) => void;
  readonly backoff?: BackoffOptions;
}

/** Statuses that say nothing about the records: a wrong address or password is mended by a person, not by dropping. */
const misconfigured = new Set([401, 403, 404, 405, 407, 408]);

/** Longest answer that is read; a reason is a sentence. */
const answerBytes = 65_536;

/** Pushes batches to a server over HTTP, gzipped, one request at a time and in order. */
export class PushSink implements Sink {
  readonly encoder: RecordEncoder;
  readonly #options: PushSinkOptions;
  readonly #buffer = new BodyBuffer();
  #warning = '';

  constructor(options: PushSinkOptions) {
    this.#options = options;
    this.encoder = options.format.encoder;
  }

  async write(batch: Batch, signal: AbortSignal): Promise<Refused> {
    const { infoOf = () => undefined, labelNames = () => [] } = this.#options;
    const names = labelNames();
    const parts = batch.segments
      .filter((segment) => segment.end > segment.start)
      .map(({ chain, start, end }) => {
        const info = infoOf(chain.instance);
        return {
          instance: chain.instance,
          info,
          labels: chosenLabels(info, names),
          bytes: batch.bytes.subarray(start, end),
        };
      });
    const refused = { records: 0, bytes: 0 };
    await this.#push(parts, signal, refused);
    return refused;
  }

  async close(): Promise<void> {}

  async #push(
    parts: readonly PushPart[],
    signal: AbortSignal,
    refused: { records: number; bytes: number },
  ): Promise<void> {
    const { format, node, failing, objected, counters } = this.#options;
    const body = await compress(format.body(parts, node, this.#buffer), { level: constants.Z_BEST_SPEED });
    const backoff = new Backoff(this.#options.backoff);
    for (;;) {
      const { status, answer, retryAfterMs } = await this.#post(body, signal);
      const message = answer.message.slice(0, 500);
      if (status >= 200 && status < 300) {
        // A server may say what it likes: -1 is 2^64 - 1 here.
        const count = answer.refused === 0 ? 0 : Math.min(answer.refused, countRecords(parts, format));
        // A warning comes with each answer for as long as its cause is there.
        if (count > 0 || (message !== '' && message !== this.#warning)) objected(message, count);
        this.#warning = message;
        refused.records += count;
        return;
      }
      if (status === 413) {
        const halves = split(parts, format);
        // One record that is too large by itself is refused; everything else gets through in smaller requests.
        if (halves === undefined) return this.#refuse(parts, `413 ${message}`, refused);
        for (const half of halves) await this.#push(half, signal, refused);
        return;
      }
      const retry = status === 0 || format.mayRetry(status) || misconfigured.has(status);
      if (!retry) return this.#refuse(parts, `${status} ${message}`, refused);
      if (backoff.attempts === 0) failing(status === 0 ? message : `the server answered ${status}: ${message}`);
      counters.sinkRetries++;
      await backoff.pause(signal, retryAfterMs);
    }
  }

  #refuse(parts: readonly PushPart[], reason: string, refused: { records: number; bytes: number }): void {
    const { format, deadLetter } = this.#options;
    refused.records += countRecords(parts, format);
    for (const { bytes } of parts) refused.bytes += bytes.length;
    deadLetter(lettersIn(parts, format), reason);
  }

  /** Status 0 stands for "no answer": not reached, cut off, or too late. */
  async #post(body: Buffer, signal: AbortSignal) {
    const { url, headers, timeoutMs, format, fetch: send } = this.#options;
    try {
      const response = await send(url, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': format.contentType, 'content-encoding': 'gzip', ...headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const { status, headers: said } = response;
      const answer = format.answer(await beginning(response), status, said.get('content-type') ?? '');
      return { status, answer, retryAfterMs: retryAfter(said.get('retry-after')) };
    } catch (error) {
      signal.throwIfAborted();
      const cause = (error as Error).cause;
      const message = cause instanceof Error ? cause.message : (error as Error).message;
      return { status: 0, answer: { message, refused: 0 }, retryAfterMs: 0 };
    }
  }
}

/** Of an answer's body what is looked at: whoever answers without an end must not fill our memory. */
async function beginning({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= answerBytes) break;
  }
  return Buffer.concat(chunks, Math.min(length, answerBytes));
}

function countRecords(parts: readonly PushPart[], format: PushFormat): number {
  let count = 0;
  for (const { bytes } of parts) for (const _record of recordsIn(bytes, format)) count++;
  return count;
}

/** `Retry-After` in milliseconds (RFC 9110 §10.2.3): seconds or a date; at most five minutes. */
export function retryAfter(value: string | null, nowMs = Date.now()): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), 300_000);
}

/** Two halves of about equal size, cut between records; `undefined` for a single record. */
function split(parts: readonly PushPart[], format: PushFormat): [PushPart[], PushPart[]] | undefined {
  if (parts.length > 1) {
    const middle = parts.length >> 1;
    return [parts.slice(0, middle), parts.slice(middle)];
  }
  const [part] = parts;
  if (part === undefined) return undefined;
  const { bytes, ...source } = part;
  let cut = format.recordEnd(bytes, 0);
  for (let end = cut; end <= bytes.length >> 1; end = format.recordEnd(bytes, end)) cut = end;
  if (cut === bytes.length) return undefined;
  return [[{ ...source, bytes: bytes.subarray(0, cut) }], [{ ...source, bytes: bytes.subarray(cut) }]];
}

function* lettersIn(parts: readonly PushPart[], format: PushFormat): Generator<DeadLetter> {
  for (const { instance, bytes } of parts)
    for (const record of recordsIn(bytes, format)) yield { instance, record: format.json(record) };
}
