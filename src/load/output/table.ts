import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { LatencySummary } from '../latency.ts';
import { loadMessages as m } from '../messages.ts';
import type { LoadResult } from '../run-load.ts';

/** Above this the figures say more about the generator than about the server. */
const busy = 0.9;

/** The result for people. */
export function loadTable(result: LoadResult, language: Language): string {
  const { plan, reads, writes, tiers, errors } = result;
  const failed = errors.reduce((sum, e) => sum + e.count, 0);
  const number = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-US', { maximumFractionDigits: 0 });
  const mode =
    plan.ratePerSecond === undefined
      ? say(language, m.closedLoop)
      : say(language, m.openLoop, { rate: plan.ratePerSecond });
  const lines = [
    say(language, m.plan, {
      url: plan.url.origin,
      seconds: plan.durationMs / 1_000,
      connections: plan.connections,
      keys: plan.keys,
      reads: Math.round(plan.readShare * 100),
      bytes: plan.valueBytes,
      mode,
    }),
    ...(result.interrupted ? [say(language, m.interrupted)] : []),
    '',
    say(language, m.perSecond, { n: number.format(result.perSecond) }),
    say(language, m.total, {
      n: number.format(result.requests),
      seconds: (result.durationMs / 1_000).toFixed(1),
      errors: number.format(failed),
    }),
    '',
    header(language),
    ...(reads.count > 0 ? [row(say(language, m.reads), reads)] : []),
    ...(writes.count > 0 ? [row(say(language, m.writes), writes)] : []),
    '',
  ];
  if (result.hitRate !== undefined) {
    const { near, store, stale, negative } = tiers;
    lines.push(say(language, m.hitRate, { rate: (result.hitRate * 100).toFixed(1), near, store, stale, negative }));
  }
  if (tiers.unknown > 0) lines.push(say(language, m.unknownTier, { n: tiers.unknown }));
  lines.push(...errors.map(({ kind, count, example }) => say(language, m.error, { count, kind, example })));
  lines.push(say(language, plan.ratePerSecond === undefined ? m.closedLoopNote : m.openLoopNote));
  if (result.generatorLoad > busy) {
    lines.push(say(language, m.generatorBusy, { percent: Math.round(result.generatorLoad * 100) }));
  }
  return `${lines.join('\n')}\n`;
}

const columns = ['mean', 'p50', 'p90', 'p99', 'p99.9', 'max'] as const;
const width = 9;

function header(language: Language): string {
  const names = columns.map((name) =>
    name === 'mean' ? say(language, m.mean) : name === 'max' ? say(language, m.max) : name,
  );
  const first = cell(say(language, m.inMilliseconds), 14, true);
  return first + cell(say(language, m.count), 10) + names.map((name) => cell(name, width)).join('');
}

function row(name: string, { count, mean, p50, p90, p99, p999, max }: LatencySummary): string {
  const values = [mean, p50, p90, p99, p999, max].map((ms) => cell(ms.toFixed(ms < 10 ? 2 : 1), width));
  return cell(name, 14, true) + cell(String(count), 10) + values.join('');
}

/** Pads by what a terminal shows: a Chinese character takes two columns. */
function cell(text: string, wanted: number, left = false): string {
  const shown = [...text].reduce((sum, c) => sum + (/\p{Script=Han}/u.test(c) ? 2 : 1), 0);
  const padding = ' '.repeat(Math.max(0, wanted - shown));
  return left ? text + padding : padding + text;
}
