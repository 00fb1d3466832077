import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { Operation } from '../openapi.ts';
import { type Html, html } from './html.ts';
import { schemaRows, typeName, wordsOf } from './schema-rows.ts';
import { texts } from './texts.ts';

export interface NamedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** What the document's examples ask. */
const defaultHost = 'localhost:8080';

export function anchorOf({ method, path }: NamedOperation): string {
  return `${method}${path.replace(/[^\w]+/g, '-')}`.replace(/-$/, '');
}

/** @param host where the reader has reached us, if known: the examples are to be copied. */
export function operationArticle(named: NamedOperation, language: Language, host = defaultHost): Html {
  const { method, path, operation } = named;
  const zh = language === 'zh' ? operation['x-zh'] : undefined;
  const example = operation['x-example']?.replaceAll(defaultHost, host);
  const description = zh === undefined ? operation.description : zh.description;
  return html`<article id="${anchorOf(named)}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></h3>
<p>${zh?.summary ?? operation.summary}</p>
${description === undefined ? '' : html`<p class="more">${description}</p>`}
${parameterTable(operation, language)}
${bodyTable(operation, language)}
<h4>${say(language, texts.answers)}</h4>
<div class="scroll"><table>${Object.entries(operation.responses).map(([status, response]) => answerRows(status, response, language))}</table></div>
${example === undefined ? '' : html`<h4>${say(language, texts.try)}</h4><pre><code>${example}</code></pre>`}
</article>
`;
}

function parameterTable({ parameters = [] }: Operation, language: Language): Html | string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: place, required, schema, description }) =>
      html`<tr><td><code>${name}</code>${required === true ? html` <span class="hint">${say(language, texts.required)}</span>` : ''}</td><td class="type">${place} · ${typeName(schema)}</td><td>${wordsOf({ ...(description === undefined ? {} : { description }), ...schema }, language)}</td></tr>`,
  );
  return html`<h4>${say(language, texts.parameters)}</h4><div class="scroll"><table>${rows}</table></div>`;
}

function bodyTable({ requestBody }: Operation, language: Language): Html | string {
  const [entry] = Object.entries(requestBody?.content ?? {});
  if (entry === undefined) return '';
  const [type, { schema }] = entry;
  return html`<h4>${say(language, texts.body)} · ${type}</h4><div class="scroll"><table>${schemaRows(schema, language)}</table></div>`;
}

function answerRows(status: string, response: Operation['responses'][string], language: Language): Html {
  const [entry] = Object.entries(response.content ?? {});
  const label = status === 'default' ? '4xx 5xx' : status;
  const name = status === 'default' ? say(language, texts.anyFailure) : response.description;
  const type = entry?.[0] ?? say(language, texts.noBody);
  const schema = status === 'default' ? undefined : entry?.[1].schema;
  return html`<tr><td class="status">${label}</td><td class="type">${type}</td><td>${name}</td></tr>${
    schema === undefined ? '' : schemaRows(schema, language, 1)
  }`;
}
