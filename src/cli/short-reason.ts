import { isJourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Language } from '../i18n/language.ts';

/** A failure in half a line, for where it is only mentioned: its title and the first line of what it says. */
export function shortReason(error: unknown, language: Language): string {
  if (!isJourneyError(error)) return reasonOf(error);
  const { title, detail } = error.text(language);
  const colon = language === 'zh' ? '：' : ': ';
  return `${title}${colon}${detail.split('\n', 1)[0]}`;
}
