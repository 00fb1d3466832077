import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { http } from '../../node-http.ts';
import { parsePodDirectory } from '../chain/log-path.ts';
import { parsePlace, rawBytes } from '../explain/record-place.ts';
import { type FollowRequest, parseFollowRequest } from './follow-request.ts';
import { FollowSession, type FollowSource } from './follow-session.ts';

export interface FollowServerOptions {
  readonly port: number;
  readonly maxSessions: number;
  readonly source: FollowSource;
}

/** Marks of some thousand containers. */
const mostBodyBytes = 16 * 1_048_576;
const bodyMs = 10_000;

/**
 * Lets people read logs through the collector: `POST /follow` and `GET /raw`, for `journey logs --cluster`.
 *
 * On the loopback address and nowhere else, whatever the settings say. The logs of a whole node are not for everybody
 * who can reach a Pod; behind `kubectl port-forward` stands the right to forward to Pods of this namespace, and that is
 * the lock. Requests with another Host than the loopback's are turned away, or a web page could reach a forwarded port
 * by a name of its own (DNS rebinding).
 */
export class FollowServer {
  readonly #options: FollowServerOptions;
  readonly #server: Server;
  readonly #sessions = new Set<FollowSession>();
  #opening = 0;

  private constructor(options: FollowServerOptions) {
    this.#options = options;
    this.#server = http.createServer({ requestTimeout: bodyMs, headersTimeout: 5_000 });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** @throws JourneyError `port-in-use` */
  static async start(options: FollowServerOptions): Promise<FollowServer> {
    const server = new FollowServer(options);
    const { port } = options;
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') return reject(error);
        const params = { port, host: '127.0.0.1', holder: 'another process', option: 'follow.port' };
        reject(new JourneyError('port-in-use', params, { cause: error }));
      });
      server.#server.listen({ host: '127.0.0.1', port }, resolve);
    });
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Tells the clients to come again, and stops. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.stop(true)));
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      if (!isLoopback(request.headers.host)) return refuse(response, 421, 'only by the loopback address');
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.pathname === '/raw' && request.method === 'GET') {
        const answer = this.#raw(url);
        if (!Buffer.isBuffer(answer)) return refuse(response, ...answer);
        response.writeHead(200, { ...always, 'content-type': 'application/octet-stream' }).end(answer);
        return;
      }
      if (url.pathname === '/follow' && request.method === 'POST') return await this.#follow(request, response);
      refuse(response, 404, `no ${request.method} ${url.pathname} here`);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, reasonOf(error));
    }
  }

  /** The very bytes, so also what `records.redact` would have taken out. Then they stay on the node. */
  #raw(url: URL): Buffer | Refusal {
    const { source } = this.#options;
    const { logs, records } = source.config();
    if (records.redact.length > 0) return [403, 'records.redact is set: raw bytes do not leave the node'];
    const place = parsePlace(url.searchParams.get('place') ?? '');
    const pod = place && parsePodDirectory(place.podDirectory);
    if (place === undefined || pod === undefined) return [400, 'place is none'];
    const hidden = source.isExcluded(pod) || source.isExcluded(pod, place.container);
    return (hidden ? undefined : rawBytes(logs.root, place)) ?? [404, 'not on this node'];
  }

  async #follow(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { maxSessions, source } = this.#options;
    if (this.#sessions.size + this.#opening >= maxSessions) {
      return refuse(response, 503, `${maxSessions} are following already (follow.maxSessions)`);
    }
    this.#opening++;
    try {
      const wish = await wishOf(request);
      if (typeof wish === 'string') return refuse(response, 400, wish);
      if (wish.labels !== '' && source.answers.infoOf === undefined) {
        return refuse(response, 409, 'labels are known only with metadata.source: api');
      }
      response.writeHead(200, { ...always, 'content-type': 'application/x-ndjson' });
      // So that the client knows at once that it is heard; the first record may be long in coming.
      response.flushHeaders();
      const session = await FollowSession.start(source, wish, response);
      this.#sessions.add(session);
      const gone = () => {
        this.#sessions.delete(session);
        void session.stop();
      };
      if (response.destroyed) gone();
      else response.once('close', gone);
    } finally {
      this.#opening--;
    }
  }
}

type Refusal = readonly [status: number, reason: string];

const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { ...always, 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify({ reason })}\n`);
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
}

/** @returns what is wrong, if it is no request. */
async function wishOf(request: IncomingMessage): Promise<FollowRequest | string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBodyBytes) return `more than ${mostBodyBytes} bytes`;
    chunks.push(chunk);
  }
  try {
    return parseFollowRequest(Buffer.concat(chunks).toString());
  } catch (error) {
    return reasonOf(error);
  }
}
