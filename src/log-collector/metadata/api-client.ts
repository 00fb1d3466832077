import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

export interface ApiServer {
  /** `https://10.96.0.1:443`. */
  readonly url: string;
  /** Read for each request: a bound token is replaced every hour. '' sends none. */
  readonly tokenFile: string;
  /** '' trusts what Node trusts. */
  readonly caFile: string;
}

/** Longest silence of the server, which sends bookmarks about every minute. */
const silenceMs = 180_000;

/**
 * Opens a GET and gives its body once the head is there. Not `fetch`, which takes no certificate authority of a
 * cluster's own.
 *
 * @throws what the network says, or an error that names the status.
 */
export async function openApi(server: ApiServer, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(path, server.url);
  const secure = url.protocol === 'https:';
  const { request } = secure ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const token = server.tokenFile === '' ? '' : readFileSync(server.tokenFile, 'latin1').trim();
  const headers = { accept: 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
  const trust = secure && server.caFile !== '' ? { ca: readFileSync(server.caFile) } : {};
  const asked = request(url, { signal, headers, timeout: silenceMs, ...trust }, resolve);
  asked.on('timeout', () => asked.destroy(new Error(`the API server was silent for ${silenceMs / 1_000} s`)));
  asked.on('error', reject).end();
  const response = await promise;
  if (response.statusCode === 200) return response;
  response.resume();
  throw new ApiStatusError(response.statusCode ?? 0, url.pathname);
}

export class ApiStatusError extends Error {
  readonly status: number;

  constructor(status: number, path: string) {
    super(`the API server answered ${status} to GET ${path}`);
    this.status = status;
  }
}
