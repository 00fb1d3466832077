import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import { categories } from '../categories.ts';
import type { Check } from '../check.ts';
import { messages } from '../messages.ts';
import { requirements } from '../requirements.ts';
import { categoryOf } from '../run-checks.ts';

/** `journey explain RD05`: what one check proves and how. */
export function explain(check: Check, language: Language): string {
  const kind =
    check.disruptive === undefined
      ? say(language, messages.harmless)
      : say(language, messages.disruptive, { what: say(language, check.disruptive) });
  return [
    `${check.id}  ${say(language, check.title)}`,
    '',
    say(language, messages.proves),
    `  ${say(language, check.proves)}`,
    say(language, messages.covers),
    ...check.covers.map((id) => `  ${say(language, requirements[id])}`),
    say(language, messages.kind),
    `  ${kind}`,
    ...(check.fatal === true ? [`  ${say(language, messages.fatal)}`] : []),
    '',
  ].join('\n');
}

/** `journey verify --list`: one line a check, grouped by category; `*` marks what only `--disruptive` runs. */
export function listChecks(checks: readonly Check[], language: Language): string {
  let category = '';
  let text = '';
  for (const check of checks) {
    if (categoryOf(check.id) !== category) {
      category = categoryOf(check.id);
      text += `${text === '' ? '' : '\n'}${say(language, categories[categoryOf(check.id)])}\n`;
    }
    text += `  ${check.disruptive === undefined ? ' ' : '*'} ${check.id}  ${say(language, check.title)}\n`;
  }
  return text;
}
