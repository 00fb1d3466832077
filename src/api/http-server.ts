import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { JourneyError } from '../errors/journey-error.ts';
import type { Clock } from '../handler/context.ts';
import type { Lifecycle } from '../handler/lifecycle.ts';
import { renderProblem } from '../handler/problem.ts';
import { negotiateLanguage } from '../i18n/language.ts';
import { http } from '../node-http.ts';
import { RandomHex } from '../telemetry/random-hex.ts';
import { bindScope, RequestScope } from '../telemetry/request-scope.ts';
import { clientClosedRequest, type RequestTelemetry } from '../telemetry/request-telemetry.ts';
import { answerClientError } from './client-error.ts';
import { commonHeaders } from './common-headers.ts';
import type { ApiConfig } from './config.ts';

export interface HttpServerOptions {
  readonly settings: ApiConfig['server'];
  readonly lifecycle: Lifecycle;
  readonly telemetry: RequestTelemetry;
  readonly clock: Clock;
  /** Answers at once what it can and returns true; anything else is left for the framework. */
  readonly fastPath: ((request: IncomingMessage, response: ServerResponse, scope: RequestScope) => boolean) | undefined;
}

/** A request that is being answered. */
export interface Exchange {
  readonly scope: RequestScope;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * The listener below the framework: it opens the scope of every request, gives every answer its common headers, tries
 * the fast path, and writes one completion line however the request ends. Fastify's own hooks would miss those that
 * fail before they have a route.
 *
 * @param handler the framework's request listener.
 */
export function createHttpServer(options: HttpServerOptions, handler: RequestListener): Server {
  const { lifecycle, telemetry, clock, fastPath } = options;
  const random = new RandomHex();
  const exchanges = new WeakMap<Socket, Exchange>();

  const open = (request: IncomingMessage, response: ServerResponse, scope: RequestScope): void => {
    bindScope(request, scope);
    exchanges.set(request.socket, { scope, request, response });
    const headers = commonHeaders(scope, lifecycle.draining);
    for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] as string, headers[i + 1] as string);
    response.once('close', () => {
      if (exchanges.get(request.socket)?.scope === scope) exchanges.delete(request.socket);
      if (!scope.completed) telemetry.complete(scope, statusOf(response, scope), bytesOf(response, scope));
    });
  };

  const refuse = (
    request: IncomingMessage,
    response: ServerResponse,
    scope: RequestScope,
    error: JourneyError,
  ): void => {
    scope.code = error.code;
    const language = negotiateLanguage(request.headers['accept-language']);
    const { status, headers, body } = renderProblem(error, { language, requestId: scope.requestId });
    response.writeHead(status, { ...headers, connection: 'close' }).end(scope.method === 'HEAD' ? undefined : body);
  };

  const server = http.createServer(
    {
      // We answer a missing Host ourselves, with a problem document.
      requireHostHeader: false,
      // A request without a body gets no stream that would have to be read to its end.
      optimizeEmptyRequests: true,
      // How often the timeouts below are looked at; Node's 30 s would make short ones meaningless.
      connectionsCheckingInterval: 500,
    },
    (request, response) => {
      const scope = new RequestScope(request, clock.monotonic(), random);
      if (fastPath?.(request, response, scope) === true) return;
      open(request, response, scope);
      if (!scope.hasHost && request.httpVersion !== '1.0') {
        const reason = { en: 'HTTP/1.1 needs exactly one Host header', zh: 'HTTP/1.1 要求恰好一个 Host 请求头' };
        refuse(request, response, scope, new JourneyError('bad-http', { reason }));
        return;
      }
      handler(request, response);
    },
  );
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const scope = new RequestScope(request, clock.monotonic(), random);
    open(request, response, scope);
    const expectation = String(request.headers.expect).slice(0, 100);
    refuse(request, response, scope, new JourneyError('expectation-failed', { expectation }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerClientError({ error, socket, exchange: exchanges.get(socket), telemetry, clock, random });
  });
  applyServerSettings(server, options.settings);
  return server;
}

/** Applies what can change while the server runs. */
export function applyServerSettings(server: Server, settings: ApiConfig['server']): void {
  server.requestTimeout = settings.requestTimeoutMs;
  server.headersTimeout = Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs);
  server.keepAliveTimeout = settings.keepAliveTimeoutMs;
  server.timeout = settings.connectionTimeoutMs;
}

function statusOf(response: ServerResponse, scope: RequestScope): number {
  if (scope.stream) return response.statusCode;
  // An answer written after the client has left counts as finished all the same.
  return response.writableFinished && !scope.clientGone ? response.statusCode : clientClosedRequest;
}

function bytesOf(response: ServerResponse, scope: RequestScope): number {
  const { statusCode } = response;
  if (scope.method === 'HEAD' || statusCode === 204 || statusCode === 304) return 0;
  return scope.streamedBytes + Number(response.getHeader('content-length') ?? 0);
}
