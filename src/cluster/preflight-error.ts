import { JourneyError } from '../errors/journey-error.ts';
import type { Language } from '../i18n/language.ts';
import type { Problem, ProviderName } from './cluster-provider.ts';

/** All problems in one error: nobody likes to be told of them one by one. */
export function preflightError(
  provider: ProviderName,
  problems: readonly Problem[],
  language: Language,
): JourneyError<'cluster-preflight'> {
  const lines = problems.map(({ text, fix }) => `  - ${text[language]}${fix === undefined ? '' : `\n      ${fix}`}`);
  return new JourneyError('cluster-preflight', { provider, problems: lines.join('\n') });
}
