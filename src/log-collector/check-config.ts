import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { CollectorConfig } from './config.ts';
import { redactor } from './line/redactor.ts';
import { selectorOf } from './metadata/label-selector.ts';

/**
 * What the schema cannot say: regular expressions, selectors, and what these need.
 *
 * @throws JourneyError `config-invalid` with the setting.
 */
export function checkConfig({ filter, metadata, records }: CollectorConfig): void {
  for (const [index, pattern] of records.redact.entries()) {
    try {
      redactor([pattern]);
    } catch (error) {
      throw invalid(`records.redact[${index}]`, reasonOf(error), error);
    }
  }
  for (const name of ['labelSelector', 'annotationSelector'] as const) {
    selectorOf(`filter.${name}`, filter[name]);
    if (filter[name] === '' || metadata.source === 'api') continue;
    throw invalid(
      `filter.${name}`,
      'labels and annotations are known only with metadata.source: api (after a restart)',
    );
  }
}

function invalid(source: string, reason: string, cause?: unknown): JourneyError<'config-invalid'> {
  return new JourneyError('config-invalid', { source, reason }, { cause });
}
