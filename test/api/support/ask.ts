import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export interface Ask {
  readonly method?: string;
  /** Sent as it is: no normalising of dots, no encoding. */
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Name and value by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back
  readonly json: any;
}

const once = new Agent({ keepAlive: false });
const deadlineMs = 10_000;

export function ask(port: number, { method = 'GET', path, headers = {}, body, agent = once }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const all = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          body: all,
          text: all.toString(),
          get json() {
            return JSON.parse(all.toString());
          },
        });
      });
    });
    outgoing.setTimeout(deadlineMs, () =>
      outgoing.destroy(new Error(`no answer to ${method} ${path} in ${deadlineMs} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and reads until the server closes. */
export function askRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.setTimeout(deadlineMs, () =>
      socket.destroy(new Error(`the server kept the connection open for ${deadlineMs} ms`)),
    );
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
