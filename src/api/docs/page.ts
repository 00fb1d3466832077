import { type ErrorCode, type ErrorKind, errorCatalogue } from '../../errors/catalogue.ts';
import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { OpenApi } from '../openapi.ts';
import { type Html, html } from './html.ts';
import { anchorOf, type NamedOperation, operationArticle } from './operation.ts';
import { style } from './style.ts';
import { texts } from './texts.ts';

const tags = ['data', 'cache', 'operations', 'health', 'v0.1'] as const;

/** What the API answers; of the rest of the catalogue only the command line and the other programs speak. */
const problems = (Object.entries(errorCatalogue) as [ErrorCode, ErrorKind][]).filter(([, kind]) => kind.status);

/** The page at /docs: everything in the document, readable without a script. */
export function docsPage(document: OpenApi, language: Language, host: string | undefined): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): NamedOperation => ({ method, path, operation })),
  );
  const groups = tags.map((tag) => ({ tag, operations: operations.filter((o) => o.operation.tags?.includes(tag)) }));
  const other = language === 'zh' ? 'en' : 'zh';
  return shell(
    language,
    document.info.title,
    html`<div class="frame">
<nav aria-label="${say(language, texts.contents)}">
${groups.map(
  (group) =>
    html`<h2>${say(language, texts[group.tag])}</h2><ul>${group.operations.map(
      (o) => html`<li><a href="#${anchorOf(o)}">${o.method.toUpperCase()} ${o.path}</a></li>`,
    )}</ul>`,
)}
<h2><a href="#problems">${say(language, texts.problems)}</a></h2>
</nav>
<main>
<header>
<h1>${document.info.title}<span class="version">${document.info.version}</span></h1>
<p>${say(language, texts.lead)}</p>
<div class="links"><a href="/openapi.json">${say(language, texts.document)}</a><a href="/docs?lang=${other}" lang="${other === 'zh' ? 'zh-CN' : 'en'}" hreflang="${other}">${say(language, texts.otherLanguage)}</a></div>
</header>
${groups.map(
  (group) => html`<section><h2>${say(language, texts[group.tag])}</h2>
${group.operations.map((o) => operationArticle(o, language, host))}</section>`,
)}
<section id="problems"><h2>${say(language, texts.problems)}</h2><p>${say(language, texts.problemsLead)}</p>
<div class="scroll"><table>${problems.map(([code, kind]) => problemRow(code, kind, language))}</table></div></section>
</main>
</div>`,
  );
}

/** The page a problem document's `type` leads to. */
export function problemPage(code: ErrorCode, language: Language): string {
  const { status, title, detail }: ErrorKind = errorCatalogue[code];
  return shell(
    language,
    title[language],
    html`<main><header><h1>${title[language]}</h1><p><code>${code}</code> · HTTP <span class="status">${status}</span></p></header>
<p>${withBlanks(detail[language])}</p>
<p class="links"><a href="/docs#problem-${code}">${say(language, texts.problems)}</a><a href="/docs">${say(language, texts.backToDocs)}</a></p></main>`,
  );
}

function problemRow(code: ErrorCode, { status, title, detail }: ErrorKind, language: Language): Html {
  return html`<tr id="problem-${code}"><td><a href="/problems/${code}"><code>${code}</code></a></td><td class="status">${status}</td><td><strong>${title[language]}</strong><br>${withBlanks(detail[language])}</td></tr>`;
}

/** A detail with the names of what an occurrence would fill in. */
function withBlanks(template: string): Html[] {
  return template.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? html`${part}` : html`<var>${part}</var>`));
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%232f6fdb'/%3E%3Cpath d='M7 21l6-10 5 7 3-4 4 7' fill='none' stroke='white' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

function shell(language: Language, title: string, body: Html): string {
  return `<!doctype html>
${
  html`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="${icon}">`.text
}<style>${style}</style></head>
<body>${body.text}</body></html>
`;
}
