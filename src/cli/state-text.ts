import type { Language } from '../i18n/language.ts';
import type { Notice } from '../supervisor/describe-event.ts';
import type { WorkloadState } from '../supervisor/workload/workload-events.ts';
import { messages as m } from './messages.ts';

const states = {
  starting: ['plain', m.stateStarting],
  ready: ['good', m.stateReady],
  unready: ['warning', m.stateUnready],
  'backing-off': ['bad', m.stateBackingOff],
  'config-error': ['bad', m.stateConfigError],
  stopping: ['plain', m.stateStopping],
  stopped: ['plain', m.stateStopped],
} as const;

/** A program's state in words, with how good it is. */
export function stateText(state: WorkloadState, language: Language): Notice {
  const [tone, text] = states[state];
  return { tone, text: text[language] };
}
