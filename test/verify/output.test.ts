import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { explain, listChecks } from '../../src/verify/output/explain.ts';
import { toJson } from '../../src/verify/output/json.ts';
import { toJunit } from '../../src/verify/output/junit.ts';
import { toMarkdown } from '../../src/verify/output/markdown.ts';
import { createTextOutput, type TextStyle } from '../../src/verify/output/text.ts';
import type { Report } from '../../src/verify/report.ts';
import { checkWith, sampleReport } from './fixtures.ts';

/** Compares with a file; `JOURNEY_UPDATE_GOLDEN=1` writes it, to be read in the diff. */
function golden(name: string, actual: string): void {
  const file = join(import.meta.dirname, 'golden', name);
  if (process.env['JOURNEY_UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'), `differs from ${name}`);
}

function text(report: Report, style: Partial<TextStyle> = {}): string {
  const plain = { language: report.language, color: false, unicode: true, verbose: false, short: false };
  const output = createTextOutput({ ...plain, ...style });
  return output.header(report) + report.run.results.map((r) => output.result(r)).join('') + output.summary(report);
}

for (const language of ['en', 'zh'] as const) {
  test(`the output for people reads as agreed (${language})`, () => {
    golden(`text.${language}.golden`, text(sampleReport(language)));
    golden(`text-tty.${language}.golden`, text(sampleReport(language), { color: true, verbose: true }));
    golden(`text-short.${language}.golden`, text(sampleReport(language), { short: true, unicode: false }));
  });

  test(`JSON, JUnit and Markdown read as agreed (${language})`, () => {
    golden(`report.${language}.json.golden`, toJson(sampleReport(language)));
    golden(`report.${language}.junit.xml.golden`, toJunit(sampleReport(language)));
    golden(`report.${language}.md.golden`, toMarkdown(sampleReport(language)));
  });

  test(`the list and an explanation read as agreed (${language})`, () => {
    const { run, leftOut } = sampleReport(language);
    golden(`list.${language}.golden`, listChecks([...run.results.map((r) => r.check), ...leftOut], language));
    golden(
      `explain.${language}.golden`,
      [...run.results.slice(0, 1).map((r) => r.check), ...leftOut].map((c) => explain(c, language)).join('\n'),
    );
  });
}

test('without colour no escape sequence is written', () => {
  assert.equal(text(sampleReport('en')).includes('\u001b'), false);
});

test('everything green is quiet: no finding, no "next", the disruptive checks are mentioned once', () => {
  const report = sampleReport('en');
  const green = { ...report, run: { ...report.run, results: report.run.results.slice(0, 1) } };
  assert.match(text(green), /1 passed {4}12\.4 s\n1 more checks restart or interrupt/);
});

test('what will be disturbed is said check by check', () => {
  const output = createTextOutput({ language: 'en', color: false, unicode: true, verbose: false, short: false });
  const { leftOut } = sampleReport('en');
  assert.equal(output.warning(leftOut), 'The disruptive checks will:\n  RD09  restart Redis\n');
  assert.equal(output.warning([checkWith('RD01', [])]), '');
});

test('control characters of a log line do not break the XML', () => {
  const report = sampleReport('en');
  const [first] = report.run.results;
  if (first === undefined) throw new Error('the sample has results');
  const outcome = {
    status: 'skip',
    reason: { text: { en: '{v}', zh: '{v}' }, params: { v: 'a\u0000b\u001b[31m' } },
  } as const;
  const xml = toJunit({ ...report, run: { ...report.run, results: [{ ...first, outcome }] } });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
});
