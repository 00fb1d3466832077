import type { IncomingMessage } from 'node:http';
import type { RandomHex } from './random-hex.ts';
import { continueTrace, formatTraceparent, type TraceContext } from './trace-context.ts';

/** Route label of a request that no route took. */
export const unmatched = 'unmatched';

/** Where an answer came from; the `tier` and `cache` members of the completion line. */
export type CacheTier = 'near' | 'store';

/**
 * What is known of one request while it is being answered: the identifiers that tie its log lines, its trace and its
 * answer together, and what the completion line will say. Both the fast path and the framework fill the same one.
 */
export class RequestScope {
  readonly method: string;
  readonly startedAt: number;
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Answer header: the caller's trace, our span. */
  readonly traceparent: string;
  readonly hasHost: boolean;
  /** Carries no precondition and no body. */
  readonly plain: boolean;
  /** Route template, `/api/v1/data/{key}`. */
  route = unmatched;
  tier: CacheTier | undefined;
  cacheResult: string | undefined;
  key: string | undefined;
  /** The key as the log line shows it, if that is known already. */
  loggedKey: string | undefined;
  /** Error code of the problem document, if that was the answer. */
  code: string | undefined;
  /** Runs until the client leaves; its end is not an abort. */
  stream = false;
  /** What a stream has sent so far. */
  streamedBytes = 0;
  /** The client closed the connection before its request had arrived in full. */
  clientGone = false;
  /** Its completion line is written. */
  completed = false;

  constructor(request: Pick<IncomingMessage, 'method' | 'rawHeaders'>, startedAt: number, random: RandomHex) {
    this.method = request.method ?? '';
    this.startedAt = startedAt;
    let requestId: string | undefined;
    let traceparent: string | undefined;
    let hosts = 0;
    let plain = true;
    // `headers` would build an object of every header and lower-case every name; four names are needed.
    const raw = request.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string;
      const value = raw[i + 1] as string;
      switch (name.length) {
        case 4:
          if (name.toLowerCase() === 'host') hosts++;
          break;
        case 8:
          if (name.toLowerCase() === 'if-match') plain = false;
          break;
        case 11:
          // A second one makes both invalid, as the joined value would be.
          if (name.toLowerCase() === 'traceparent') traceparent = traceparent === undefined ? value : '';
          break;
        case 12:
          if (name.toLowerCase() === 'x-request-id') requestId = requestId === undefined ? value : '';
          break;
        case 13:
          if (name.toLowerCase() === 'if-none-match') plain = false;
          break;
        case 14:
          if (name.toLowerCase() === 'content-length') plain = false;
          break;
        case 17:
          if (name.toLowerCase() === 'transfer-encoding') plain = false;
          break;
      }
    }
    this.hasHost = hosts === 1;
    this.plain = plain;
    const accepted = requestId !== undefined && isSafeRequestId(requestId);
    this.requestId = accepted ? (requestId as string) : random.next(20);
    this.trace = continueTrace(traceparent, (digits) => random.next(digits));
    this.traceparent = formatTraceparent(this.trace);
  }
}

/**
 * A caller's request id goes into log lines and back into a header: only characters that mean nothing in JSON, HTTP, a
 * shell or HTML, and not so many that a caller could fill the log.
 */
function isSafeRequestId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:+/=@-]{0,127}$/.test(id);
}

const scopes = new WeakMap<IncomingMessage, RequestScope>();

export function bindScope(request: IncomingMessage, scope: RequestScope): void {
  scopes.set(request, scope);
}

/** The scope of a request that came in through our listener. */
export function scopeOf(request: IncomingMessage): RequestScope {
  const scope = scopes.get(request);
  if (scope === undefined) throw new Error('the request did not come through the listener that opens its scope');
  return scope;
}
