import type { ServerResponse } from 'node:http';
import type { RequestScope } from '../telemetry/request-scope.ts';
import { contentSecurityPolicy } from './common-headers.ts';

/** The field in which Node keeps the head of an answer once it is composed. */
interface WithHead {
  _header: string | null;
}

export interface PreparedHeadOptions {
  /** The server's keep-alive time now, in milliseconds. */
  readonly keepAliveTimeoutMs: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Composes the head of the commonest answer as one string. Node checks and copies header by header, which for our nine
 * takes longer than all the rest of a cached read; here all but four values are ours and constant, and those four were
 * checked before: the request id against its pattern, trace and entity tag because we made them.
 *
 * It is the byte for byte the head that `writeHead` would compose: `test/api/fast-read.test.ts` says so. It sets a field
 * that Node does not document, so a Node without the field gets {@link ServerResponse.writeHead} instead.
 */
export class PreparedHead {
  readonly #options: PreparedHeadOptions;
  #second = -1;
  #keepAliveMs = -1;
  #end = '';

  constructor(options: PreparedHeadOptions) {
    this.#options = options;
  }

  /**
   * @param own the headers of the answer itself, each ended with CRLF.
   * @returns false when this answer needs another head than the usual: the connection closes after it, say.
   */
  set(response: ServerResponse, scope: RequestScope, own: string): boolean {
    if (!response.shouldKeepAlive || !('_header' in response)) return false;
    const end = this.#ending();
    if (end === '') return false;
    response.statusCode = 200;
    (response as unknown as WithHead)._header =
      `HTTP/1.1 200 OK\r\nx-request-id: ${scope.requestId}\r\ntraceparent: ${scope.traceparent}${constant}${own}${end}`;
    return true;
  }

  /** Date and connection, composed once a second. */
  #ending(): string {
    const now = this.#options.now();
    const second = Math.floor(now / 1_000);
    const keepAliveMs = this.#options.keepAliveTimeoutMs();
    if (second !== this.#second || keepAliveMs !== this.#keepAliveMs) {
      this.#second = second;
      this.#keepAliveMs = keepAliveMs;
      const date = new Date(now).toUTCString();
      const seconds = Math.floor(keepAliveMs / 1_000);
      this.#end =
        keepAliveMs === 0 ? '' : `Date: ${date}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`;
    }
    return this.#end;
  }
}

const constant = `\r\nx-content-type-options: nosniff\r\ncontent-security-policy: ${contentSecurityPolicy}\r\n`;
