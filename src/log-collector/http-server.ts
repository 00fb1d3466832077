import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type ConfigView, showConfig } from '../config/show-config.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { negotiateLanguage } from '../i18n/language.ts';
import { listenAt } from '../listen-at.ts';
import { http } from '../node-http.ts';
import type { Clock } from './clock.ts';
import type { Collector } from './collector.ts';
import { metricsContentType, type ProcessFacts, renderMetrics } from './metrics.ts';
import { streamView } from './streams-view.ts';

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly facts: ProcessFacts;
  readonly collector: Collector;
  readonly clock: Clock;
  readonly configuration: ConfigView;
}

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/**
 * Serves `/livez`, `/readyz`, `/metrics`, `/streams` and `/config`. Ready means: the state folder can be written and the first
 * scan is over. It does not ask for the sink: an outage there must not restart the collectors of a hundred nodes.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<Server> {
  const { host, port } = options;
  const server = http.createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 75_000 });
  server.on('request', (request, response) => serve(options, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(
        new JourneyError(
          'port-in-use',
          { port, host, holder: 'another process', option: 'http.port' },
          { cause: error },
        ),
      );
    });
    server.listen(listenAt(host, port), resolve);
  });
  return server;
}

function serve(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const { status, type, body } = answer(options, request);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answer({ facts, collector, clock, configuration }: HttpServerOptions, request: IncomingMessage): Answer {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const { method = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    return problem(new JourneyError('method-not-allowed', { path, allow: 'GET, HEAD', method }));
  }
  switch (path) {
    case '/livez':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const checks = { firstScan: collector.scanned, stateWritable: collector.stateWritable };
      const { ready } = collector;
      return json(ready ? 200 : 503, { status: ready ? 'ok' : 'not ready', checks });
    }
    case '/metrics':
      return { status: 200, type: metricsContentType, body: renderMetrics(collector, clock, facts) };
    case '/streams':
      return json(200, {
        node: collector.node,
        memoryMaxBytes: facts.memoryMaxBytes(),
        inflightBytes: collector.pendingBytes + collector.partialBytes,
        streams: [...collector.chains.values()].map((chain) => streamView(chain, clock, collector.keptBytes)),
      });
    case '/config':
      return json(200, showConfig(configuration, negotiateLanguage(request.headers['accept-language'])));
    default:
      return problem(new JourneyError('route-not-found', { method, path, instead }));
  }
}

const instead = {
  en: 'The log collector answers /livez, /readyz, /metrics, /streams and /config',
  zh: '日志采集器响应 /livez、/readyz、/metrics、/streams 与 /config',
};

function problem(error: JourneyError): Answer {
  const { status = 500 } = error.kind;
  const { title, detail } = error.text('en');
  return json(status, { code: error.code, title, status, detail }, 'application/problem+json');
}

function json(status: number, body: unknown, type = 'application/json'): Answer {
  return { status, type, body: `${JSON.stringify(body)}\n` };
}
