import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** What a contender has sent since {@link LogStore.expect}. */
export interface Received {
  requests: number;
  /** As they came, compressed. */
  sentBytes: number;
  /** Before compression. */
  bodyBytes: number;
  /** Different lines, known by their sequence number. */
  lines: number;
  /** Lines that came once more. */
  repeats: number;
}

export interface LogStore {
  readonly port: number;
  /** What has come for the lines `seq=0` to `seq=<lines - 1>`, kept up to date from now on. */
  expect(lines: number): Received;
  close(): void;
}

/**
 * A log store that accounts for each line and keeps nothing: Loki's push and OTLP over HTTP, JSON or protobuf. The text
 * of a line stands in the bytes of each of them as it is, so one search serves all.
 */
export async function openLogStore(): Promise<LogStore> {
  const fresh = (): Received => ({ requests: 0, sentBytes: 0, bodyBytes: 0, lines: 0, repeats: 0 });
  let received = fresh();
  let seen = new Uint8Array(0);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const body = gunzipSync(sent);
    received.requests++;
    received.sentBytes += sent.length;
    received.bodyBytes += body.length;
    for (const seq of sequenceNumbers(body)) {
      if (seq >= seen.length) throw new Error(`seq=${seq} was never written`);
      if (seen[seq] === 1) received.repeats++;
      else received.lines++;
      seen[seq] = 1;
    }
    const type = request.headers['content-type'] ?? 'application/json';
    // An empty message in either encoding: all was taken.
    response.setHeader('content-type', type).end(type === 'application/json' ? '{}' : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    expect(lines) {
      seen = new Uint8Array(lines);
      received = fresh();
      return received;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function* sequenceNumbers(body: Buffer): Generator<number> {
  const name = Buffer.from('seq=');
  for (let at = body.indexOf(name); at !== -1; at = body.indexOf(name, at)) {
    at += name.length;
    let seq = 0;
    for (let digit = (body[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (body[++at] ?? 0) - 0x30)
      seq = seq * 10 + digit;
    yield seq;
  }
}
