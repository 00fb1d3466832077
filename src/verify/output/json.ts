import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { Outcome } from '../outcome.ts';
import { countByStatus, type Report } from '../report.ts';
import { type CheckResult, categoryOf } from '../run-checks.ts';
import { speak } from '../said.ts';

/** The report as one JSON document. Keys, ids and statuses are never translated; sentences are in the report's language. */
export function toJson(report: Report): string {
  const { run, cluster, stack, language } = report;
  const { pass: passed, fail: failed, warn: warned, skip: skipped, unjudged } = countByStatus(run.results);
  const document = {
    schema: 'journey.verify/1',
    journey: report.journeyVersion,
    language,
    startedAt: new Date(run.startedAt).toISOString(),
    durationMs: Math.round(run.durationMs),
    interrupted: run.interrupted,
    exitCode: report.exitCode,
    cluster,
    namespaces: [stack.namespace, stack.nodeNamespace],
    counts: { passed, failed, warned, skipped, unjudged },
    leftOut: report.leftOut.map((check) => check.id),
    checks: run.results.map((result) => resultJson(result, language)),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function resultJson({ check, outcome, durationMs, attempts }: CheckResult, language: Language): object {
  return {
    id: check.id,
    category: categoryOf(check.id),
    title: say(language, check.title),
    covers: check.covers,
    disruptive: check.disruptive !== undefined,
    status: outcome.status,
    durationMs: Math.round(durationMs),
    attempts,
    ...outcomeJson(outcome, language),
  };
}

function outcomeJson(outcome: Outcome, language: Language): object {
  if (outcome.status === 'pass') return { seen: speak(language, outcome.seen) };
  if (outcome.status === 'skip' || outcome.status === 'unjudged') return { reason: speak(language, outcome.reason) };
  return {
    ...(outcome.status === 'fail' ? { progressing: outcome.progressing === true } : {}),
    expected: speak(language, outcome.expected),
    actual: speak(language, outcome.actual),
    why: speak(language, outcome.why),
    fix: speak(language, outcome.fix),
  };
}
