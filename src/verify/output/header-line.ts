import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import { messages } from '../messages.ts';
import type { Report } from '../report.ts';

/** Which cluster and which stack a report is about. */
export function headerLine(
  { cluster, stack, journeyVersion }: Pick<Report, 'cluster' | 'stack' | 'journeyVersion'>,
  language: Language,
): string {
  const { context, version, nodes } = cluster;
  return say(language, messages.header, {
    context,
    namespace: stack.namespace,
    version,
    nodes: nodes === 1 ? say(language, messages.oneNode) : say(language, messages.manyNodes, { n: nodes }),
    journey: journeyVersion,
  });
}
