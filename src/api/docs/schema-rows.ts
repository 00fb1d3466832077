import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { Schema } from '../openapi.ts';
import { type Html, html } from './html.ts';
import { texts } from './texts.ts';

const deepest = 3;

/** The members of an object schema as table rows, nested ones indented. What a request must have is marked. */
export function schemaRows(schema: Schema, language: Language, depth = 0): Html[] {
  const objects = [schema, ...(schema.allOf ?? []), ...(schema.anyOf ?? [])];
  return objects.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, member]) => [
      html`<tr><td class="indent${depth}"><code>${name}</code>${
        required.includes(name) && depth === 0 ? html` <span class="hint">${say(language, texts.required)}</span>` : ''
      }</td><td class="type">${typeName(member)}</td><td>${wordsOf(member, language)}</td></tr>`,
      ...(depth < deepest ? schemaRows(member.items ?? member, language, depth + 1) : []),
    ]),
  );
}

/** `integer ≥ 1`, `array of object`, `"ready" | "degraded"`. */
export function typeName(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(' | ');
  if (schema.type === 'array') return `array of ${schema.items === undefined ? 'any' : typeName(schema.items)}`;
  const limits = [
    schema.minimum === undefined ? '' : ` ≥ ${schema.minimum}`,
    schema.maximum === undefined ? '' : ` ≤ ${schema.maximum}`,
    schema.format === undefined ? '' : ` (${schema.format})`,
  ];
  return (schema.type ?? 'any') + limits.join('');
}

export function wordsOf(schema: Schema, language: Language): string {
  const words = (language === 'zh' ? schema['x-zh'] : undefined) ?? schema.description ?? '';
  if (schema.default === undefined) return words;
  const note = say(language, texts.default, { value: JSON.stringify(schema.default) });
  if (words === '') return note;
  return language === 'zh' ? `${words}（${note}）` : `${words} (${note})`;
}
