import type { RequestScope } from '../telemetry/request-scope.ts';

/** Nothing we answer is a document that may load, run or be framed anything; pages that need styles say so themselves. */
export const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

/**
 * Headers of every answer, name and value by turns, whoever gives it: the framework, the fast path, or the raw socket.
 * While draining each answer ends its connection, so that clients and load balancers move to another replica.
 */
export function commonHeaders(scope: RequestScope, draining: boolean): string[] {
  const headers = [
    'x-request-id',
    scope.requestId,
    'traceparent',
    scope.traceparent,
    'x-content-type-options',
    'nosniff',
    'content-security-policy',
    contentSecurityPolicy,
  ];
  if (draining) headers.push('connection', 'close');
  return headers;
}
