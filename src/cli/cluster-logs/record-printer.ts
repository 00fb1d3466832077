import { formatPlace } from '../../log-collector/explain/record-place.ts';
import type { JsonRecord } from '../../log-collector/record/json-lines.ts';
import type { Output } from '../context.ts';

export type RecordStyle = 'plain' | 'where' | 'json';

/** Resolves when the output has taken the line; a pipe that stands still stops the reading of logs, not our memory. */
export type RecordPrinter = (record: JsonRecord) => Promise<void>;

/**
 * Prints records: into a pipe the text as it was written, on a terminal with the Pod before it; with `where` the node
 * and the place before it, separated by tabs; with `json` the record as the collector says it.
 */
export function recordPrinter(stdout: Output, style: RecordStyle): RecordPrinter {
  const line = lineOf(style, stdout.isTTY === true);
  return async (record) => {
    if (stdout.write(`${line(record)}\n`)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        stdout.off('drain', done);
        stdout.off('close', done);
        resolve();
      };
      stdout.on('drain', done);
      stdout.on('close', done);
    });
  };
}

function lineOf(style: RecordStyle, terminal: boolean): (record: JsonRecord) => string {
  switch (style) {
    case 'json':
      return (record) => JSON.stringify(record);
    case 'where':
      return (record) => [record.kubernetes.node, placeOf(record), record.stream, record.log].join('\t');
    case 'plain':
      if (!terminal) return ({ log }) => log;
      return ({ kubernetes: { namespace, pod, container }, log }) =>
        `${namespace}/${pod} ${container} │ ${harmless(log)}`;
  }
}

/** As `journey logs raw` takes it. */
export function placeOf({ kubernetes, file, offset, lines = 1 }: JsonRecord): string {
  const { namespace, pod, uid, container, restart } = kubernetes;
  return formatPlace({ podDirectory: `${namespace}_${pod}_${uid}`, container, restart, fileId: file, offset, lines });
}

/** A log is written by strangers: colours may pass, but nothing else may command the terminal (title, clipboard, cursor). */
export function harmless(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    /\u001b\[[0-9;]*m|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g,
    (found) => (found.length > 1 ? found : '\ufffd'),
  );
}
