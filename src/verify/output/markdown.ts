import { say } from '../../i18n/messages.ts';
import { categories } from '../categories.ts';
import { messages } from '../messages.ts';
import type { Status } from '../outcome.ts';
import { countByStatus, type Report } from '../report.ts';
import { categoryOf } from '../run-checks.ts';
import { findingLines } from './finding-lines.ts';
import { headerLine } from './header-line.ts';

const marks: Readonly<Record<Status, string>> = { pass: '✅', fail: '❌', warn: '⚠️', skip: '➖', unjudged: '❔' };

/** The report as Markdown, to keep as evidence or to put into an issue. */
export function toMarkdown(report: Report): string {
  const { run, language } = report;
  const header = headerLine(report, language);
  const n = countByStatus(run.results);
  const counts = [
    say(language, messages.countPassed, { n: n.pass }),
    say(language, messages.countFailed, { n: n.fail }),
    say(language, messages.countWarned, { n: n.warn }),
    say(language, messages.countSkipped, { n: n.skip }),
    say(language, messages.countUnjudged, { n: n.unjudged }),
  ].join(' · ');
  const lines = [
    `# ${say(language, messages.markdownTitle)}`,
    '',
    header,
    '',
    `${new Date(run.startedAt).toISOString()} · ${counts}`,
  ];
  let category = '';
  for (const { check, outcome } of run.results) {
    if (categoryOf(check.id) !== category) {
      category = categoryOf(check.id);
      lines.push('', `## ${say(language, categories[categoryOf(check.id)])}`, '', head(language), '|---|---|---|');
    }
    const detail = findingLines(outcome, language).map(cell).join('<br>');
    lines.push(`| ${marks[outcome.status]} | ${check.id} ${cell(say(language, check.title))} | ${detail} |`);
  }
  return `${lines.join('\n')}\n`;
}

function head(language: Report['language']): string {
  const columns = [messages.columnStatus, messages.columnCheck, messages.columnDetail].map((c) => say(language, c));
  return `| ${columns.join(' | ')} |`;
}

/** Text that stays inside its table cell and is not taken for markup. */
function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[|`*_<>]/g, (character) => (character === '<' ? '&lt;' : character === '>' ? '&gt;' : `\\${character}`))
    .replaceAll('\n', '<br>');
}
