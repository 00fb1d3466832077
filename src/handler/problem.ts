import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JourneyError } from '../errors/journey-error.ts';
import { type Language, negotiateLanguage } from '../i18n/language.ts';
import type { Text } from '../i18n/messages.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import { isInvalidRequest } from './invalid-request.ts';

/** RFC 9457 problem details. `type` is a path of this server that explains the code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this one occurrence: the request id is in the log line, too. */
  readonly instance: string;
  /** Stable name of the kind of error; the last part of `type`. */
  readonly code: string;
  /** Where the request differs from the schema, each place with its JSON pointer (RFC 9457 §3). */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface RenderedProblem {
  readonly status: number;
  /** Names in lower case, as everywhere. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RenderProblemOptions {
  readonly language: Language;
  readonly requestId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The one place where an error becomes an answer, for the framework, the listener and the raw socket alike. */
export function renderProblem(error: JourneyError, options: RenderProblemOptions): RenderedProblem {
  const { language, requestId, headers } = options;
  // A kind that has none was not meant to come this far.
  const { status = 500 } = error.kind;
  const { title, detail } = error.text(language);
  const problem: Problem = {
    type: `/problems/${error.code}`,
    title,
    status,
    detail,
    instance: `urn:journey:request:${requestId}`,
    code: error.code,
    ...(isInvalidRequest(error) && error.mismatches.length > 0
      ? { errors: error.mismatches.map(({ pointer, text }) => ({ pointer, detail: inLanguage(text, language) })) }
      : {}),
  };
  const body = JSON.stringify(problem);
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'content-language': language === 'zh' ? 'zh-CN' : 'en',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      vary: 'accept-language',
      // A 503 here passes by itself: a store comes back, a replica is replaced.
      ...(status === 503 ? { 'retry-after': '1' } : {}),
      ...headers,
    },
    body,
  };
}

/** Answers with a problem and notes its code for the completion line. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: JourneyError,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  const scope = scopeOf(request.raw);
  scope.code = error.code;
  const language = negotiateLanguage(request.headers['accept-language']);
  const rendered = renderProblem(error, { language, requestId: scope.requestId, headers });
  // As bytes: Fastify would add a charset to a text, and JSON has no such parameter (RFC 8259 §11).
  return reply.code(rendered.status).headers(rendered.headers).send(Buffer.from(rendered.body));
}

function inLanguage(text: Text, language: Language): string {
  return text[language];
}
