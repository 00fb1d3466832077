import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Held } from '../cache/near-cache.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Clock } from '../handler/context.ts';
import {
  cacheStatus,
  type EntryAnswer,
  type EntryCache,
  entryHeaders,
  nearHitStatus,
} from '../handler/entry-answer.ts';
import { quotedKey } from '../handler/entry-summary.ts';
import type { Lifecycle } from '../handler/lifecycle.ts';
import { renderProblem } from '../handler/problem.ts';
import { negotiateLanguage } from '../i18n/language.ts';
import type { RequestScope } from '../telemetry/request-scope.ts';
import type { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import { commonHeaders } from './common-headers.ts';
import type { ApiConfig } from './config.ts';
import { PreparedHead } from './prepared-head.ts';

export interface FastReadOptions {
  readonly cache: EntryCache;
  readonly telemetry: RequestTelemetry;
  readonly lifecycle: Lifecycle;
  readonly settings: () => Pick<ApiConfig, 'limits' | 'server'>;
  readonly clock: Clock;
}

export type FastPath = (request: IncomingMessage, response: ServerResponse, scope: RequestScope) => boolean;

const prefix = '/api/v1/data/';
const route = '/api/v1/data/{key}';
/** A key that stands in the path as it is; one with escapes, a query or more segments is the router's business. */
const plainKey = /^[\w.~!$&'()*+,;=:@-]+$/;

/**
 * Answers a plain read of what the near cache holds without going through the framework, which takes longer to route
 * such a request than to answer it. Everything else, and everything unusual about a read, is left to the framework;
 * `test/api/fast-read.test.ts` holds the two to the same answers, log lines and counts.
 */
export function createFastRead({ cache, telemetry, lifecycle, settings, clock }: FastReadOptions): FastPath {
  const keepAliveTimeoutMs = (): number => settings().server.keepAliveTimeoutMs;
  const head = new PreparedHead({ keepAliveTimeoutMs, now: clock.now });
  const hits = telemetry.series('GET', route, 200);
  return (request, response, scope) => {
    const { url } = request;
    if (url === undefined || scope.method !== 'GET' || !scope.plain || !scope.hasHost) return false;
    if (!url.startsWith(prefix)) return false;
    const key = url.slice(prefix.length);
    if (!plainKey.test(key) || key.length > settings().limits.maxKeyBytes) return false;
    const held = cache.peek(key);
    if (held === undefined) return false;
    scope.route = route;
    scope.tier = 'near';
    scope.key = key;
    if (held.entry === undefined || held.derived === undefined) {
      sendAbsent(request, response, scope, held);
      return true;
    }
    scope.cacheResult = 'hit';
    scope.loggedKey = held.derived.logKey;
    const { body, length, contentLength, headBefore, headAfter } = held.derived;
    const status = nearHitStatus(cache.freshForMs(held));
    if (lifecycle.draining || !head.set(response, scope, headBefore + status + headAfter)) {
      const headers = commonHeaders(scope, lifecycle.draining);
      headers.push(...entryHeaders(held.entry.etag, status));
      headers.push('content-type', 'application/json', 'content-length', contentLength);
      response.writeHead(200, headers);
    }
    response.end(body, 'latin1');
    telemetry.complete(scope, 200, length, hits);
    return true;
  };

  function sendAbsent(
    request: IncomingMessage,
    response: ServerResponse,
    scope: RequestScope,
    held: Held<EntryAnswer>,
  ): void {
    scope.cacheResult = 'negative';
    const error = new JourneyError('key-not-found', { key: quotedKey(scope.key ?? '') });
    scope.code = error.code;
    const status = cacheStatus({ tier: 'near', result: 'negative', freshForMs: cache.freshForMs(held) });
    const language = negotiateLanguage(request.headers['accept-language']);
    const problem = renderProblem(error, { language, requestId: scope.requestId });
    const headers = commonHeaders(scope, lifecycle.draining);
    headers.push('cache-status', status, ...Object.entries(problem.headers).flat());
    response.writeHead(problem.status, headers);
    response.end(problem.body);
    telemetry.complete(scope, problem.status, Buffer.byteLength(problem.body));
  }
}
