import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import type { Check } from '../check.ts';
import { messages } from '../messages.ts';
import type { Outcome } from '../outcome.ts';
import { speak } from '../said.ts';

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A line that is rewritten; otherwise one line for each check that is waited for. */
  readonly isTerminal: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  readonly language: Language;
}

/** Says what is being waited for, on the error stream. */
export interface Progress {
  started(check: Check): void;
  retrying(check: Check, outcome: Outcome): void;
  /** Must be called before anything else is written to the terminal. */
  clear(): void;
}

const eraseLine = '\r\u001b[K';

export function createProgress({ write, isTerminal, columns, language }: ProgressOptions): Progress {
  let shown = false;
  let last = '';
  const show = (text: string): void => {
    write(`${eraseLine}  … ${cutTo(text, Math.max(20, columns - 4))}`);
    shown = true;
  };
  return {
    started(check) {
      last = '';
      if (isTerminal) show(`${check.id} ${say(language, check.title)}`);
    },
    retrying(check, outcome) {
      if (outcome.status !== 'fail') return;
      const actual = speak(language, outcome.actual).replace(/\s+/g, ' ');
      const text = say(language, messages.retrying, { id: check.id, actual });
      if (isTerminal) show(text);
      else if (check.id !== last) write(`${text}\n`);
      last = check.id;
    },
    clear() {
      if (shown) write(eraseLine);
      shown = false;
    },
  };
}

/** As much of a text as fits; a Chinese character takes two columns. A line that wraps could not be erased. */
function cutTo(text: string, columns: number): string {
  let used = 0;
  let cut = '';
  for (const character of text) {
    used += /[\p{Script=Han}\uff00-\uffef\u3000-\u303f]/u.test(character) ? 2 : 1;
    if (used > columns) break;
    cut += character;
  }
  return cut;
}
