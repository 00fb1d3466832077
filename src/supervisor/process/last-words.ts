import type { LinePiece, StreamName } from '../logs/cri-lines.ts';

/** Lines kept, and characters of each: enough for a stack or an error line, bounded whatever a program prints. */
const maxLines = 24;
const maxChars = 2_000;

/** The end of a program's output, from which a one-line reason for its death is made. */
export class LastWords {
  readonly #lines: { readonly stream: StreamName; readonly text: string }[] = [];

  add(stream: StreamName, { content }: LinePiece): void {
    const text = content.toString('utf8', 0, maxChars).trimEnd();
    if (text === '') return;
    this.#lines.push({ stream, text });
    if (this.#lines.length > maxLines) this.#lines.shift();
  }

  /** The last error the program logged or printed; `undefined` when it died in silence. */
  reason(): string | undefined {
    const newestFirst = [...this.#lines].reverse();
    const stderr = newestFirst.filter((line) => line.stream === 'stderr').map((line) => line.text);
    // An uncaught exception: the message stands above its stack and the runtime's version.
    const thrown = stderr.find((text) => /^(?:Uncaught )?[A-Z]\w*(?:Error|Exception)\b.*:/.test(text));
    if (thrown !== undefined) return thrown;
    for (const { text } of newestFirst) {
      const logged = errorRecord(text);
      if (logged !== undefined) return logged;
    }
    return stderr.find((text) => !/^\s+at |^Node\.js v|^\s*[}^]/.test(text));
  }
}

/** The message of a JSON log line of level error or fatal. */
function errorRecord(text: string): string | undefined {
  if (!/"level":"(?:error|fatal)"/.test(text)) return undefined;
  try {
    const record = JSON.parse(text) as { msg?: unknown; error?: { message?: unknown } };
    const parts = [record.msg, record.error?.message].filter((part) => typeof part === 'string' && part !== '');
    return parts.length > 0 ? [...new Set(parts)].join(': ') : undefined;
  } catch {
    return undefined; // cut off at maxChars
  }
}
