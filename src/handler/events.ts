import * as Type from 'typebox';
import { JourneyError } from '../errors/journey-error.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { ApiServer, HandlerSettings } from './context.ts';
import type { EventHub } from './event-hub.ts';
import { explain } from './explain.ts';
import { sendNothing } from './send-nothing.ts';

export interface EventsContext {
  readonly hub: EventHub;
  readonly settings: () => HandlerSettings;
}

/** What may wait in our memory for one client before it is let go, in bytes. */
const maxWaitingBytes = 65_536;
/** After how long a client that lost its connection comes back, in milliseconds. */
const retryMs = 2_000;

/** Server-sent events (WHATWG HTML §9.2): what happens in this process, as it happens. */
export function registerEvents(app: ApiServer, { hub, settings }: EventsContext): void {
  app.get(
    '/api/v1/events',
    {
      schema: {
        ...explain({
          tag: 'operations',
          summary: {
            en: 'Server-sent events: store up and down, configuration, clean-up runs, changes of data, cache figures.',
            zh: '服务器推送事件：存储上下线、配置、清理任务、数据变更与缓存指标。',
          },
          description: {
            en: 'Last-Event-ID continues after the event it names. Changes beyond 50 a second are only counted.',
            zh: 'Last-Event-ID 从所指事件之后继续。每秒超过 50 次的数据变更只计数。',
          },
          example: 'curl -N localhost:8080/api/v1/events',
        }),
        produces: ['text/event-stream'],
        response: { 200: Type.String() },
      },
    },
    (request, reply) => {
      const { maxEventClients } = settings().limits;
      if (hub.closed) throw new JourneyError('shutting-down', {});
      if (hub.size >= maxEventClients) {
        throw new JourneyError('too-many-clients', { clients: hub.size, maxEventClients });
      }
      const scope = scopeOf(request.raw);
      const headers = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // nginx would collect events until its buffer is full.
        'x-accel-buffering': 'no',
      };
      if (request.method === 'HEAD') {
        return sendNothing(reply.headers(headers));
      }
      reply.hijack();
      scope.stream = true;
      const response = reply.raw;
      const send = (text: string): boolean => {
        if (response.destroyed) return false;
        if (response.writableLength > maxWaitingBytes) {
          response.destroy();
          return false;
        }
        scope.streamedBytes += Buffer.byteLength(text);
        response.write(text);
        return true;
      };
      response.writeHead(200, headers);
      send(`retry: ${retryMs}\n\n`);
      const lastEventId = request.headers['last-event-id'];
      const leave = hub.subscribe(
        { send, end: () => response.end() },
        typeof lastEventId === 'string' ? lastEventId : undefined,
      );
      response.once('close', leave);
    },
  );
}
