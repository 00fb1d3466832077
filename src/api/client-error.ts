import type { Socket } from 'node:net';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Clock } from '../handler/context.ts';
import { renderProblem } from '../handler/problem.ts';
import { http } from '../node-http.ts';
import type { RandomHex } from '../telemetry/random-hex.ts';
import { RequestScope } from '../telemetry/request-scope.ts';
import type { RequestTelemetry } from '../telemetry/request-telemetry.ts';
import { commonHeaders } from './common-headers.ts';
import type { Exchange } from './http-server.ts';

export interface ClientErrorOptions {
  readonly error: NodeJS.ErrnoException;
  readonly socket: Socket;
  /** The request being answered on this connection, if any. */
  readonly exchange: Exchange | undefined;
  readonly telemetry: RequestTelemetry;
  readonly clock: Clock;
  readonly random: RandomHex;
}

/**
 * Failures below HTTP: what arrived is not a request, is too large for one, or did not arrive in time. There is no
 * response object then, so the answer is written to the socket, which is closed after it.
 */
export function answerClientError(options: ClientErrorOptions): void {
  const { error, socket, exchange, clock, random } = options;
  // The client is gone; there is nobody to answer, and an open request notices its own close.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // The fault is in a later, pipelined request: let the earlier one have its answer first.
  if (exchange?.request.complete === true && !exchange.response.writableFinished) {
    exchange.response.once('finish', () => answer(options, unparsedScope(clock, random)));
    return;
  }
  if (exchange?.response.headersSent === true) {
    socket.destroy();
    return;
  }
  answer(options, exchange?.scope ?? unparsedScope(clock, random));
}

function answer({ error, socket, telemetry }: ClientErrorOptions, scope: RequestScope): void {
  const known = toJourneyError(error);
  scope.code = known.code;
  // The headers were not understood, so neither was Accept-Language.
  const { status, headers, body } = renderProblem(known, { language: 'en', requestId: scope.requestId });
  const all = [...commonHeaders(scope, true), ...Object.entries(headers).flat()];
  let head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\ndate: ${new Date().toUTCString()}\r\n`;
  for (let i = 0; i < all.length; i += 2) head += `${all[i]}: ${all[i + 1]}\r\n`;
  scope.completed = true;
  telemetry.complete(scope, status, Buffer.byteLength(body));
  if (socket.writable) socket.end(`${head}\r\n${body}`, () => socket.destroySoon());
}

function toJourneyError(error: NodeJS.ErrnoException): JourneyError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new JourneyError('request-timeout', {}, { cause: error });
    case 'HPE_HEADER_OVERFLOW':
      return new JourneyError('headers-too-large', {}, { cause: error });
    case 'HPE_INVALID_URL':
      return new JourneyError('bad-url', {}, { cause: error });
    default:
      return new JourneyError('bad-http', { reason: reasonOf(error) }, { cause: error });
  }
}

/** A scope for what never became a request: no method, no headers. */
function unparsedScope(clock: Clock, random: RandomHex): RequestScope {
  return new RequestScope({ rawHeaders: [] }, clock.monotonic(), random);
}
