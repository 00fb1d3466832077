import type { RecordView } from '../record/record-view.ts';
import type { TextFormat } from './level.ts';

/**
 * Hangs the recognised members of a text on its record, as JSON. A JSON text is copied as it is.
 *
 * @param end of the part of the text that was recognised.
 */
export function fieldsOf(record: RecordView, format: TextFormat, wanted: 'json' | 'all', end: number): void {
  if (format === 'json') {
    record.fields = record.text;
    record.fieldsStart = record.textStart;
    record.fieldsEnd = record.textEnd;
    return;
  }
  if (wanted !== 'all') return;
  const text = record.text.toString('utf8', record.textStart, end);
  const fields = format === 'klog' ? klogFields(text) : logfmtFields(text);
  if (fields === undefined) return;
  record.fields = Buffer.from(JSON.stringify(fields));
  record.fieldsStart = 0;
  record.fieldsEnd = record.fields.length;
}

const pair = /([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)/g;

/** `key=value key="quoted value"`, all as strings. */
function logfmtFields(text: string): Record<string, string> | undefined {
  const fields: [string, string][] = [];
  for (const [, key = '', value = ''] of text.matchAll(pair)) fields.push([key, unquote(value)]);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  return value.slice(1, -1).replace(/\\(.)/g, (_whole, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c);
}

/** `I1125 06:19:56.224394       1 file.go:12] text`. */
function klogFields(text: string): Record<string, string | number> | undefined {
  const match = /^[IWEF](\d{4} [\d:.]+)\s+(\d+) ([^\s:]+):(\d+)\] ?(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, time = '', thread, file = '', line, message = ''] = match;
  return { time, thread: Number(thread), file, line: Number(line), message };
}
