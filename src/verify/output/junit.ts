import { say } from '../../i18n/messages.ts';
import { type Category, categories } from '../categories.ts';
import { countByStatus, type Report } from '../report.ts';
import { type CheckResult, categoryOf } from '../run-checks.ts';
import { speak } from '../said.ts';
import { findingLines } from './finding-lines.ts';

/**
 * JUnit XML as CI servers read it: a suite per category, a case per check. "Cannot judge" is an `<error>` (the test
 * could not be carried out), a warning passes with its text in `<system-out>`.
 */
export function toJunit({ run, language }: Report): string {
  const ids = [...new Set(run.results.map((r) => categoryOf(r.check.id)))];
  const suites = ids.map((id) =>
    suite(
      id,
      run.results.filter((r) => categoryOf(r.check.id) === id),
      language,
    ),
  );
  const attributes = totals(run.results, run.durationMs);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="journey verify"${attributes}>\n${suites.join('')}</testsuites>\n`;
}

function suite(id: Category, results: readonly CheckResult[], language: Report['language']): string {
  const duration = results.reduce((sum, r) => sum + r.durationMs, 0);
  const cases = results.map((r) => testCase(r, language)).join('');
  const name = xml(say(language, categories[id]));
  return `  <testsuite name="${name}"${totals(results, duration)}>\n${cases}  </testsuite>\n`;
}

function testCase({ check, outcome, durationMs }: CheckResult, language: Report['language']): string {
  const name = xml(`${check.id} ${say(language, check.title)}`);
  const head = `    <testcase classname="journey.verify.${categoryOf(check.id)}" name="${name}" time="${seconds(durationMs)}"`;
  const text = xml(findingLines(outcome, language).join('\n'));
  switch (outcome.status) {
    case 'pass':
      return `${head}/>\n`;
    case 'warn':
      return `${head}>\n      <system-out>${text}</system-out>\n    </testcase>\n`;
    case 'skip':
      return `${head}>\n      <skipped message="${text}"/>\n    </testcase>\n`;
    case 'unjudged':
      return `${head}>\n      <error message="${text}"/>\n    </testcase>\n`;
    case 'fail':
      return `${head}>\n      <failure message="${xml(speak(language, outcome.actual))}">${text}</failure>\n    </testcase>\n`;
  }
}

function totals(results: readonly CheckResult[], durationMs: number): string {
  const { fail, unjudged, skip } = countByStatus(results);
  return ` tests="${results.length}" failures="${fail}" errors="${unjudged}" skipped="${skip}" time="${seconds(durationMs)}"`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** XML 1.0 §2.2 allows no control characters but tab, newline and return: a log line may well contain others. */
function xml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
