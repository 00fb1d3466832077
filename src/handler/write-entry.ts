import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { JourneyError } from '../errors/journey-error.ts';
import { scopeOf } from '../telemetry/request-scope.ts';
import { bodyTextOf } from './body-text.ts';
import type { ApiServer } from './context.ts';
import type { DataContext } from './data-context.ts';
import { nameOf, preconditionOf } from './entity-tags.ts';
import { quotedKey, Summary, summaryOf } from './entry-summary.ts';
import { explain, says } from './explain.ts';
import { InvalidRequest, isInvalidRequest } from './invalid-request.ts';
import { checkKey, entryPath } from './key.ts';
import { memberTexts } from './member-texts.ts';

const Body = Type.Object(
  {
    key: Type.String(
      says({
        en: 'Any text without control characters, at most limits.maxKeyBytes in UTF-8.',
        zh: '不含控制字符的任意文本，UTF-8 长度不超过 limits.maxKeyBytes。',
      }),
    ),
    value: Type.Unknown(
      says({ en: 'Any JSON; kept byte for byte as it was sent.', zh: '任意 JSON；逐字节原样保存。' }),
    ),
    ttl: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 1 }), Type.Null()],
        says({
          en: 'Seconds to live. null: never expires. Absent: keep the present expiry, none for a new entry.',
          zh: '存活秒数。null 表示永不过期；缺省表示保持现有过期时间，新数据则不过期。',
        }),
      ),
    ),
  },
  { additionalProperties: false },
);

export function registerWriteEntry(app: ApiServer, { cache, settings, changed }: DataContext): void {
  app.post(
    '/api/v1/data',
    {
      // The schema's own answer to a bad ttl would not name the limit.
      attachValidation: true,
      schema: {
        ...explain({
          tag: 'data',
          summary: {
            en: 'Writes an entry: creates it or replaces its value.',
            zh: '写入一条数据：新建，或替换已有的值。',
          },
          description: {
            en: 'If-Match and If-None-Match are checked by the store in the same step as the write.',
            zh: 'If-Match 与 If-None-Match 由存储在写入的同一步中检查。',
          },
          example:
            'curl -X POST localhost:8080/api/v1/data -H \'Content-Type: application/json\' -d \'{"key":"greeting","value":"hello","ttl":60}\'',
        }),
        body: Body,
        response: { 200: Summary, 201: Summary },
      },
    },
    async (request, reply) => {
      const { maxTtlSeconds, maxKeyBytes, maxValueBytes } = settings().limits;
      if (request.validationError !== undefined) throw refined(request.validationError, maxTtlSeconds);
      const { key, ttl } = request.body;
      scopeOf(request.raw).key = key;
      const value = Buffer.from(valueText(request));
      checkKey(key, maxKeyBytes);
      if (typeof ttl === 'number' && ttl > maxTtlSeconds) throw ttlInvalid(maxTtlSeconds);
      if (value.length > maxValueBytes) {
        throw new JourneyError('value-too-large', { bytes: value.length, maxValueBytes });
      }
      const precondition = preconditionOf(request.headers);
      const result = await cache.put({
        key,
        value,
        ttlMs: ttl === undefined ? 'keep' : ttl === null ? 'never' : ttl * 1_000,
        ...(precondition === undefined ? {} : { precondition }),
      });
      if (result.outcome === 'precondition-failed') {
        throw new JourneyError('precondition-failed', { condition: nameOf(precondition), key: quotedKey(key) });
      }
      changed('data.written', key);
      reply
        .code(result.outcome === 'created' ? 201 : 200)
        .headers({ etag: result.entry.etag, 'cache-control': 'no-store', location: entryPath(key) });
      return summaryOf(result.entry);
    },
  );
}

/** The value as the client wrote it. @throws JourneyError `invalid-request` when a member is given twice. */
function valueText(request: FastifyRequest): string {
  const members = memberTexts(bodyTextOf(request.raw) ?? '{}');
  const names = members.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    // Parsers differ in which one they take, so whichever we took would be wrong for somebody (RFC 8259 §4).
    throw new InvalidRequest(
      { en: 'body', zh: '请求体' },
      { en: `has the member "${twice}" more than once`, zh: `成员 "${twice}" 出现了多次` },
    );
  }
  const value = members.find(({ name }) => name === 'value');
  if (value === undefined) throw new Error('the schema lets no body without a value through');
  return value.text;
}

function refined(error: Error, maxTtlSeconds: number): Error {
  const ttlOnly = isInvalidRequest(error) && error.mismatches.every(({ pointer }) => pointer === '/ttl');
  return ttlOnly ? ttlInvalid(maxTtlSeconds) : error;
}

function ttlInvalid(maxTtlSeconds: number): JourneyError {
  return new JourneyError('ttl-invalid', { maxTtlSeconds });
}
