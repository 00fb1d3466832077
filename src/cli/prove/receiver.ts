import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type OtlpRecord, recordsOf } from '../../log-collector/record/read-otlp.ts';
import type { Arrival } from './accounting.ts';

export interface Receiver {
  readonly url: string;
  /** While true every request is answered with 503, as a log store that is down would. */
  down: boolean;
  /** Requests that were refused. */
  readonly refused: number;
  close(): void;
}

/** A log store that takes OTLP over HTTP and hands on what arrives. */
export async function openReceiver(arrived: (arrival: Arrival) => void): Promise<Receiver> {
  const state = { down: false, refused: 0 };
  const server = createServer(async (request, response) => {
    const records = await recordsIn(request).catch(() => undefined);
    if (records === undefined) return void response.destroy();
    if (state.down) {
      state.refused++;
      return void response.writeHead(503).end();
    }
    for (const arrival of arrivalsIn(records)) arrived(arrival);
    // An empty ExportLogsServiceResponse: all was taken.
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`,
    get down() {
      return state.down;
    },
    set down(value) {
      state.down = value;
    },
    get refused() {
      return state.refused;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function recordsIn(request: IncomingMessage): Promise<OtlpRecord[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return recordsOf(gunzipSync(Buffer.concat(chunks)));
}

function* arrivalsIn(records: readonly OtlpRecord[]): Generator<Arrival> {
  for (const { body, attributes } of records) {
    const sequence = /^seq=(\d+) /.exec(body.stringValue)?.[1];
    if (sequence === undefined) continue;
    yield { sequence: Number(sequence), key: attributes.flatMap(({ value }) => Object.values(value)).join(' ') };
  }
}
