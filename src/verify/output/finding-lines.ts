import type { Language } from '../../i18n/language.ts';
import { say, type Text } from '../../i18n/messages.ts';
import { messages } from '../messages.ts';
import type { Outcome } from '../outcome.ts';
import { speak } from '../said.ts';

/** What there is to say about an outcome, as `label: text` lines. */
export function findingLines(outcome: Outcome, language: Language): readonly string[] {
  const row = (label: keyof typeof messages, value: Parameters<typeof speak>[1]): string =>
    `${say(language, messages[label] as Text)}${language === 'zh' ? '：' : ': '}${speak(language, value)}`;
  switch (outcome.status) {
    case 'pass':
      return [speak(language, outcome.seen)];
    case 'skip':
    case 'unjudged':
      return [speak(language, outcome.reason)];
    default:
      return [
        row('expected', outcome.expected),
        row('actual', outcome.actual),
        row('why', outcome.why),
        row('fix', outcome.fix),
      ];
  }
}
