import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Locale } from 'typebox/system';
import { InvalidRequest, type Mismatch } from '../handler/invalid-request.ts';
import type { Text } from '../i18n/messages.ts';

const partNames: Readonly<Record<string, Text>> = {
  body: { en: 'body', zh: '请求体' },
  querystring: { en: 'query string', zh: '查询字符串' },
  params: { en: 'path', zh: '路径' },
  headers: { en: 'headers', zh: '请求头' },
};

/**
 * Fastify's validator over TypeBox. Query strings are text, so numbers are read from them; bodies are typed, so
 * nothing is: `"10"` is not 10. (`@fastify/type-provider-typebox` brings the same in English only, and loads ajv.)
 */
export const schemaValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  // Compiled at the first request it is for: together they would be a fifteenth of the start.
  let compiled: ReturnType<typeof Compile> | undefined;
  const part = partNames[httpPart] ?? { en: httpPart, zh: httpPart };
  return (value: unknown) => {
    compiled ??= Compile(schema);
    const check = compiled;
    const candidate = httpPart === 'querystring' ? withNumbers(schema, value) : value;
    if (check.Check(candidate)) return { value: candidate };
    const mismatches: Mismatch[] = check
      .Errors(candidate)
      // An echo of `additionalProperties: false`, once for each unknown member.
      .filter((error) => error.keyword !== 'boolean')
      .map((error) => ({
        pointer: error.instancePath,
        text: { en: named(error, Locale.en_US(error)), zh: named(error, Locale.zh_Hans(error)) },
      }));
    const [first] = mismatches;
    const pointer = first === undefined || first.pointer === '' ? '' : ` ${first.pointer}`;
    const where = { en: part.en + pointer, zh: part.zh + pointer };
    return { error: new InvalidRequest(where, first?.text ?? { en: 'does not match', zh: '不匹配' }, mismatches) };
  };
};

/**
 * Reads the numbers of a query string, where everything is text. TypeBox's own conversion would read 1.5 as the
 * integer 1; what is not plainly a number stays text, for the check to refuse.
 */
function withNumbers(schema: TSchema, query: unknown): unknown {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> };
  return Object.fromEntries(
    Object.entries(query as Readonly<Record<string, unknown>>).map(([name, value]) => {
      const isNumber = properties[name]?.type === 'integer' || properties[name]?.type === 'number';
      const read = isNumber && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
      return [name, read ? Number(value) : value];
    }),
  );
}

/** Names what the library's text leaves out: which members are unknown, which values are allowed. */
function named(error: { readonly params: object }, text: string): string {
  const { additionalProperties, allowedValues } = error.params as {
    additionalProperties?: readonly string[];
    allowedValues?: readonly unknown[];
  };
  const names = additionalProperties ?? allowedValues;
  return names === undefined ? text : `${text} (${names.join(', ')})`;
}
