import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Arrival } from './accounting.ts';

export interface Receiver {
  readonly url: string;
  /** While true every request is answered with 503, as a log store that is down would. */
  down: boolean;
  /** Requests that were refused. */
  readonly refused: number;
  close(): void;
}

interface OtlpRequest {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly body: { readonly stringValue: string };
        readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, string>> }[];
      }[];
    }[];
  }[];
}

/** A log store that takes OTLP over HTTP and hands on what arrives. */
export async function openReceiver(arrived: (arrival: Arrival) => void): Promise<Receiver> {
  const state = { down: false, refused: 0 };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined);
    if (body === undefined) return void response.destroy();
    if (state.down) {
      state.refused++;
      return void response.writeHead(503).end();
    }
    for (const arrival of arrivalsIn(body)) arrived(arrival);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
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

async function bodyOf(request: IncomingMessage): Promise<OtlpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as OtlpRequest;
}

function* arrivalsIn({ resourceLogs }: OtlpRequest): Generator<Arrival> {
  for (const { scopeLogs } of resourceLogs) {
    for (const { logRecords } of scopeLogs) {
      for (const { body, attributes } of logRecords) {
        const sequence = /^seq=(\d+) /.exec(body.stringValue)?.[1];
        if (sequence === undefined) continue;
        yield { sequence: Number(sequence), key: attributes.flatMap(({ value }) => Object.values(value)).join(' ') };
      }
    }
  }
}
