import type { Setting } from './schema.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** What a setting accepts, in the short form of a reference table: `integer 1…65535`, `info | debug`, `string[]`. */
export function settingLimits({ schema }: Setting): string {
  return describe(schema as JsonSchema);
}

function describe(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describe).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  if (schema.type === 'array') return `${describe(schema.items ?? {})}[]`;
  const { type = 'any', minimum, maximum, pattern } = schema;
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}…${maximum ?? ''}`;
  return `${type}${range}${pattern === undefined ? '' : ` ${pattern}`}`;
}
