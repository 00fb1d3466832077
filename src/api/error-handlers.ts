import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isJourneyError, JourneyError, reasonOf } from '../errors/journey-error.ts';
import { sendProblem } from '../handler/problem.ts';
import type { Logger } from '../telemetry/logger.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import type { MethodTable } from './method-table.ts';
import { routeName } from './route-name.ts';

/** Errors of handlers, hooks, parsers and schemas, and (as `frameworkErrors`) those from before there is a route. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const known = isJourneyError(error) ? error : fromFastify(error, request);
  if (known.code === 'internal') {
    const { requestId, trace, route } = scopeOf(request.raw);
    logger.error({ error, requestId, traceId: trace.traceId, route }, `a request failed: ${reasonOf(error)}`);
  }
  sendProblem(request, reply, known);
}

function fromFastify(error: FastifyError, request: FastifyRequest): JourneyError {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': {
      const contentType = request.headers['content-type'] ?? { en: 'no content type', zh: '无内容类型' };
      return new JourneyError('unsupported-media-type', { contentType }, { cause: error });
    }
    case 'FST_ERR_BAD_URL':
      return new JourneyError('bad-url', {}, { cause: error });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new JourneyError('bad-http', { reason: reasonOf(error) }, { cause: error });
    default:
      return new JourneyError('internal', {}, { cause: error });
  }
}

/** No route took the request: OPTIONS, a method its path does not answer, or a path that does not exist. */
export function answerUnmatched(request: FastifyRequest, reply: FastifyReply, methods: MethodTable): FastifyReply {
  const { method } = request;
  const path = request.url.replace(/[?#].*$/s, '');
  const found = path === '*' ? { template: '*', allow: methods.all } : methods.find(path);
  if (found === undefined || (path === '*' && method !== 'OPTIONS')) {
    return sendProblem(request, reply, noSuchEndpoint(method, path));
  }
  scopeOf(request.raw).route = routeName(found.template);
  const allow = found.allow.join(', ');
  if (method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
  const error = new JourneyError('method-not-allowed', { path: shortened(path), allow, method });
  return sendProblem(request, reply, error, { allow });
}

/** @param path as asked for. */
export function noSuchEndpoint(method: string, path: string): JourneyError<'route-not-found'> {
  const instead = {
    en: '/docs shows every endpoint, /openapi.json the same for programs',
    zh: '/docs 列出所有端点，/openapi.json 供程序读取',
  };
  return new JourneyError('route-not-found', { method, path: shortened(path), instead });
}

/** A path is echoed so that a person sees the typing error in it, not in full. */
function shortened(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 200)}…`;
}
