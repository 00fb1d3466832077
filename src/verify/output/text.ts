import { styleText } from 'node:util';
import type { Language } from '../../i18n/language.ts';
import { say, type Text } from '../../i18n/messages.ts';
import { type Category, categories } from '../categories.ts';
import type { Check } from '../check.ts';
import { messages } from '../messages.ts';
import type { Finding, Status } from '../outcome.ts';
import { countByStatus, type Report } from '../report.ts';
import { type CheckResult, categoryOf } from '../run-checks.ts';
import { type Said, speak } from '../said.ts';
import { headerLine } from './header-line.ts';

export interface TextStyle {
  readonly language: Language;
  readonly color: boolean;
  /** Off where the terminal's encoding is not UTF-8. */
  readonly unicode: boolean;
  /** Also says what a passing check has seen. */
  readonly verbose: boolean;
  /** Only what did not pass, and the counts: to paste into a chat. */
  readonly short: boolean;
}

type Color = Parameters<typeof styleText>[0];

const marks: Readonly<Record<Status, { readonly unicode: string; readonly ascii: string; readonly color: Color }>> = {
  pass: { unicode: '✓', ascii: '+', color: 'green' },
  fail: { unicode: '✗', ascii: 'x', color: 'red' },
  warn: { unicode: '!', ascii: '!', color: 'yellow' },
  skip: { unicode: '-', ascii: '-', color: 'gray' },
  unjudged: { unicode: '?', ascii: '?', color: 'magenta' },
};

/** The output for people, piece by piece as results come. Every piece ends in a newline or is empty. */
export interface TextOutput {
  header(about: Pick<Report, 'cluster' | 'stack' | 'journeyVersion'>): string;
  result(result: CheckResult): string;
  summary(report: Pick<Report, 'run' | 'leftOut'>): string;
  /** What will be done to the stack, said before it is done. */
  warning(checks: readonly Check[]): string;
}

export function createTextOutput(style: TextStyle): TextOutput {
  const { language, color, unicode, verbose, short } = style;
  const paint = (what: Color, text: string): string =>
    color ? styleText(what, text, { validateStream: false }) : text;
  const line = (text: string): string => `${text}\n`;
  let category: Category | undefined;

  const detail = (label: Text, value: Said): string => {
    // Chinese labels are all two characters wide, English ones at most eight: each language lines up in itself.
    const name = say(language, label).padEnd(language === 'en' ? 8 : 2);
    const indent = ' '.repeat(language === 'en' ? 20 : 16);
    const text = speak(language, value).trimEnd().replaceAll('\n', `\n${indent}`);
    return line(`          ${paint('dim', name)}  ${text}`);
  };
  const finding = (found: Finding): string =>
    detail(messages.expected, found.expected) +
    detail(messages.actual, found.actual) +
    detail(messages.why, found.why) +
    detail(messages.fix, found.fix);

  return {
    header: (about) => line(headerLine(about, language)),

    result({ check, outcome }) {
      if (short && outcome.status === 'pass') return '';
      let text = '';
      const current = categoryOf(check.id);
      if (current !== category) {
        category = current;
        text += `\n${line(paint('bold', say(language, categories[current])))}`;
      }
      const mark = paint(marks[outcome.status].color, marks[outcome.status][unicode ? 'unicode' : 'ascii']);
      const head = `  ${mark} ${check.id}  `;
      switch (outcome.status) {
        case 'pass':
          text += line(head + say(language, check.title));
          return verbose ? text + detail(messages.seen, outcome.seen) : text;
        case 'skip':
        case 'unjudged': {
          const message = outcome.status === 'skip' ? messages.skipped : messages.unjudged;
          const reason = speak(language, outcome.reason);
          return text + line(head + say(language, message, { title: say(language, check.title), reason }));
        }
        case 'warn':
          return text + line(head + say(language, check.title)) + finding(outcome);
        case 'fail': {
          const title = say(language, check.title);
          const shown = outcome.progressing === true ? say(language, messages.stillProgressing, { title }) : title;
          text += line(head + shown) + finding(outcome);
          const learn = { text: { en: 'journey explain {id}', zh: 'journey explain {id}' }, params: { id: check.id } };
          return text + detail(messages.learn, learn);
        }
      }
    },

    summary({ run, leftOut }) {
      const n = countByStatus(run.results);
      const parts = [
        say(language, messages.countPassed, { n: n.pass }),
        ...(n.fail > 0 ? [paint('red', say(language, messages.countFailed, { n: n.fail }))] : []),
        ...(n.warn > 0 ? [paint('yellow', say(language, messages.countWarned, { n: n.warn }))] : []),
        ...(n.skip > 0 ? [say(language, messages.countSkipped, { n: n.skip })] : []),
        ...(n.unjudged > 0 ? [paint('magenta', say(language, messages.countUnjudged, { n: n.unjudged }))] : []),
      ];
      const seconds = say(language, messages.seconds, { n: (run.durationMs / 1_000).toFixed(1) });
      let text = `\n${line(`${parts.join(' · ')}    ${seconds}`)}`;
      const failed = run.results.filter((r) => r.outcome.status === 'fail').map((r) => r.check.id);
      if (run.interrupted) text += line(say(language, messages.interrupted));
      else if (failed.length > 0) text += line(say(language, messages.nextOnly, { ids: failed.join(',') }));
      else if (leftOut.length > 0 && !short)
        text += line(say(language, messages.nextDisruptive, { n: leftOut.length }));
      return text;
    },

    warning(checks) {
      const disturbing = checks.flatMap((c) => (c.disruptive === undefined ? [] : [{ id: c.id, what: c.disruptive }]));
      if (disturbing.length === 0) return '';
      const rows = disturbing.map(({ id, what }) => line(`  ${id}  ${say(language, what)}`));
      return line(say(language, messages.willDisrupt)) + rows.join('');
    },
  };
}
