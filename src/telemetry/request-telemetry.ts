import type { Registry } from 'prom-client';
import { FastHistogram, type Series } from './fast-histogram.ts';
import type { Logger } from './logger.ts';
import type { RequestScope } from './request-scope.ts';

/** Answered to nobody: the client closed the connection first (nginx's status; no RFC has one). */
export const clientClosedRequest = 499;

export interface RequestTelemetryOptions {
  readonly registry: Registry;
  readonly logger: Logger;
  /** Where the logger writes; completion lines go there directly. */
  readonly destination: { write(line: string): unknown };
  readonly service: string;
  /** Routes that are asked every few seconds by machines: logged at debug. */
  readonly quietRoutes: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** Bounds in seconds that OpenTelemetry advises for `http.server.request.duration`. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Methods that get a label of their own; any other is `_OTHER` (OpenTelemetry's word), since a client may send anything. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const debugLevel = 20;
const infoLevel = 30;
const warnLevel = 40;

/** Longest part of a key that a log line shows, in UTF-16 units: keys are the user's data, lines are for finding causes. */
const shownKeyLength = 32;

/**
 * One completion line and one observation for every request, however it was answered.
 *
 * The line is composed here instead of by pino: the members are few, known and mostly safe to copy, and pino's general
 * serialisation costs about as much as the rest of a cached read. Its members come in the order pino would give them.
 */
export class RequestTelemetry {
  readonly #histogram: FastHistogram;
  readonly #options: RequestTelemetryOptions;
  readonly #service: string;
  #now = -1;
  #second = -1;
  #secondText = '';
  #timeText = '';

  constructor(options: RequestTelemetryOptions) {
    this.#options = options;
    this.#service = JSON.stringify(options.service);
    this.#histogram = new FastHistogram({
      registry: options.registry,
      name: 'journey_http_request_duration_seconds',
      help: 'Duration of HTTP requests in seconds, from the parsed head to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      bounds,
    });
  }

  /**
   * @param bytes of the body that was sent; 0 for HEAD, 204 and 304.
   * @param series where it is counted, for a caller that kept it.
   */
  complete(scope: RequestScope, status: number, bytes: number, series?: Series): void {
    const elapsed = this.#options.monotonic() - scope.startedAt;
    (series ?? this.series(scope.method, scope.route, status)).observe(elapsed / 1_000);
    const level =
      status >= 500 ? warnLevel : this.#options.quietRoutes.has(scope.route) && status < 400 ? debugLevel : infoLevel;
    if (this.#options.logger.levelVal <= level)
      this.#options.destination.write(this.#line(scope, status, bytes, elapsed, level));
  }

  /** Where requests of one kind are counted. The route is a template, so what clients send makes no new series. */
  series(method: string, route: string, status: number): Series {
    return this.#histogram.series(methods.has(method) ? method : '_OTHER', route, String(status));
  }

  #line(scope: RequestScope, status: number, bytes: number, elapsed: number, level: number): string {
    const word = level === infoLevel ? 'info' : level === debugLevel ? 'debug' : 'warn';
    let line =
      `{"level":"${word}","time":"${this.#time()}","service":${this.#service}` +
      `,"requestId":"${scope.requestId}","traceId":"${scope.trace.traceId}","spanId":"${scope.trace.spanId}"` +
      `,"method":"${scope.method}","route":"${scope.route}","status":${status},"ms":${Math.round(elapsed * 1_000) / 1_000}` +
      `,"bytes":${bytes}`;
    if (scope.tier !== undefined) line += `,"tier":"${scope.tier}"`;
    if (scope.cacheResult !== undefined) line += `,"cache":"${scope.cacheResult}"`;
    if (scope.key !== undefined) line += `,"key":${scope.loggedKey ?? shownKey(scope.key)}`;
    if (scope.code !== undefined) line += `,"code":"${scope.code}"`;
    return `${line},"msg":"request completed"}\n`;
  }

  /** ISO 8601 in UTC, composed once a millisecond, its part down to the second once a second. */
  #time(): string {
    const now = this.#options.now();
    if (now === this.#now) return this.#timeText;
    this.#now = now;
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, 20);
    }
    const rest = now - second * 1_000;
    this.#timeText = `${this.#secondText}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
    return this.#timeText;
  }
}

/** A key as a JSON string, cut where it is longer than a log line should carry. */
export function shownKey(key: string): string {
  return JSON.stringify(key.length <= shownKeyLength ? key : `${key.slice(0, shownKeyLength)}…`);
}
