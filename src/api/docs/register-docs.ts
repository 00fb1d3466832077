import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, errorCatalogue } from '../../errors/catalogue.ts';
import type { ApiServer } from '../../handler/context.ts';
import { type Language, negotiateLanguage } from '../../i18n/language.ts';
import { noSuchEndpoint } from '../error-handlers.ts';
import { describeApi, type OpenApi } from '../openapi.ts';

/** /openapi.json, /docs and /problems/{code}. They are not part of what they describe. */
export function registerDocs(app: ApiServer, registerRoutes: (app: ApiServer) => void, version: string): void {
  let document: Promise<OpenApi> | undefined;
  const theDocument = (): Promise<OpenApi> => {
    document ??= describeApi(registerRoutes, version);
    return document;
  };

  app.get('/openapi.json', async (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    return theDocument();
  });

  app.get('/docs', async (request, reply) => {
    const { docsPage } = await import('./page.ts');
    return sendPage(reply, docsPage(await theDocument(), languageOf(request), hostOf(request)));
  });

  app.get('/problems/:code', async (request, reply) => {
    const { code } = request.params as { readonly code: string };
    if (!isProblem(code)) throw noSuchEndpoint(request.method, request.url);
    const { problemPage } = await import('./page.ts');
    return sendPage(reply, problemPage(code, languageOf(request)));
  });
}

async function sendPage(reply: FastifyReply, page: string): Promise<FastifyReply> {
  const { pagePolicy } = await import('./style.ts');
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy,
      'cache-control': 'no-cache',
      vary: 'accept-language',
    })
    .send(page);
}

/** `Host` if it is one, so that nothing but a name and a port gets into a command that people copy. */
function hostOf({ headers: { host = '' } }: FastifyRequest): string | undefined {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host) ? host : undefined;
}

function languageOf(request: FastifyRequest): Language {
  const { lang } = request.query as { readonly lang?: unknown };
  if (lang === 'zh' || lang === 'en') return lang;
  return negotiateLanguage(request.headers['accept-language']);
}

function isProblem(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code) && 'status' in errorCatalogue[code as ErrorCode];
}
