import Fastify from 'fastify';
import type { ApiServer } from '../handler/context.ts';
import { http } from '../node-http.ts';

/** The parts of an OpenAPI 3.1 document that we write or read; the rest goes through as it is. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-zh'?: { readonly summary: string; readonly description?: string };
  readonly 'x-example'?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly 'x-zh'?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly $ref?: string;
}

const problem: Schema = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  'x-zh': 'RFC 9457 问题详情。',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', description: 'Path that explains the code.', 'x-zh': '解释该代码的路径。' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: {
      type: 'string',
      description: 'What happened and what to do next.',
      'x-zh': '发生了什么，以及接下来怎么做。',
    },
    instance: { type: 'string', description: 'Request id, also in the log.', 'x-zh': '请求 ID，日志中同样记录。' },
    code: { type: 'string', description: 'Stable name of the kind of error.', 'x-zh': '错误种类的稳定名称。' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
};

/**
 * The OpenAPI document of whatever routes are registered. It is made on a second, silent application when somebody asks
 * for it: the generator has to see every route being registered, and a start should not wait for it.
 */
export async function describeApi(registerRoutes: (app: ApiServer) => void, version: string): Promise<OpenApi> {
  const { default: swagger } = await import('@fastify/swagger');
  const app = Fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CloudNative Journey API',
        version,
        description: 'Keeps JSON under keys, in a durable store behind a near cache.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
    },
  });
  registerRoutes(app as ApiServer);
  await app.ready();
  const document = app.swagger() as unknown as OpenApi;
  await app.close();
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: problem } };
  for (const path of Object.values(document.paths)) for (const operation of Object.values(path)) complete(operation);
  return document;
}

/** What the route schemas leave unsaid: names of statuses, that some have no body, and that anything may fail. */
function complete(operation: Operation): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    response.description = http.STATUS_CODES[status] ?? response.description;
    if (status === '204' || status === '304') delete response.content;
  }
  operation.responses['default'] = {
    description: 'Problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
