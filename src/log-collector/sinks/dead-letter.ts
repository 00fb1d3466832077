import { appendFileSync, statSync } from 'node:fs';
import type { ContainerInstance } from '../record/source-label.ts';

/** Beyond this the file takes no more: refused records are counted in any case, and a disk has an end. */
const maxBytes = 16 * 1_048_576;

/** A refused record, as JSON. */
export interface DeadLetter {
  readonly instance: ContainerInstance;
  readonly record: string;
}

/** Appends refused records to a file, one JSON object a line, with the container and the server's reason. */
export function deadLetterFile(
  path: string,
  said: (reason: string) => void,
): (letters: Iterable<DeadLetter>, reason: string) => void {
  return (letters, reason) => {
    said(reason);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size >= maxBytes) return;
    const lines = Array.from(
      letters,
      ({ instance, record }) =>
        `{"reason":${JSON.stringify(reason)},"kubernetes":${JSON.stringify(instance)},"record":${record}}\n`,
    );
    try {
      appendFileSync(path, lines.join(''), { mode: 0o600 });
    } catch {
      // Refused is refused: the counter and the log line above have it.
    }
  };
}
