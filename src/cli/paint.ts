import type { Tone } from '../supervisor/describe-event.ts';
import type { Output } from './context.ts';

export interface Painter {
  bold(text: string): string;
  dim(text: string): string;
  /** The text with the mark of its tone before it. */
  mark(tone: Tone, text: string): string;
}

const marks = { good: '✔', plain: '·', warning: '!', bad: '✗' } as const;
const colours = { good: '32', plain: '2', warning: '33', bad: '31' } as const;

/** Colours on a terminal that wants them: not in a pipe, not with NO_COLOR (no-color.org), not on a dumb one. */
export function wantsColour(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

export function painter(output: Output, env: Readonly<Record<string, string | undefined>>): Painter {
  const coloured = wantsColour(output, env);
  const paint = (code: string, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: (text) => paint('1', text),
    dim: (text) => paint('2', text),
    mark: (tone, text) => `${paint(colours[tone], marks[tone])} ${text}`,
  };
}
