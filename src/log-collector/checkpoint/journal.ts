import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ChainState } from './checkpoint-data.ts';

/** One chain as it stood after the sink had taken a batch; without state: it is not followed any more. */
export interface JournalEntry {
  readonly key: string;
  readonly state?: ChainState;
}

const names = ['checkpoint.a.journal', 'checkpoint.b.journal'] as const;

/**
 * What has been acknowledged since the last checkpoint, one line a chain and batch, written but not fsynced: it
 * survives the death of the process, which is what `kill -9` is, so that a restart repeats at most the batch that was
 * on its way. A power cut is another matter: there the sink may have lost what it took, so a journal counts only
 * within the boot that wrote it, and the fsynced checkpoint is all there is.
 */
export class Journal {
  readonly #directory: string;
  readonly #bootId: string;
  #fd: number | undefined;
  #generation = -1;

  constructor(directory: string, bootId: string = readBootId()) {
    this.#directory = directory;
    this.#bootId = bootId;
  }

  /** From here on entries belong behind checkpoint `generation`. */
  follow(generation: number): void {
    if (generation === this.#generation) return;
    this.close();
    this.#generation = generation;
    this.#fd = openSync(this.#path(generation), 'w', 0o600);
    writeSync(this.#fd, line(JSON.stringify({ generation, boot: this.#bootId })));
  }

  /** @throws what the file system says; the checkpoint then has to do without. */
  append(entries: Iterable<JournalEntry>): void {
    if (this.#fd === undefined) return;
    let text = '';
    for (const entry of entries) text += line(JSON.stringify(entry));
    if (text !== '') writeSync(this.#fd, text);
  }

  /** Entries behind checkpoint `generation`, oldest first, up to the first that is damaged. */
  read(generation: number): JournalEntry[] {
    let text: string;
    try {
      text = readFileSync(this.#path(generation), 'utf8');
    } catch {
      return [];
    }
    const [header, ...entries] = soundLines(text);
    if (header === undefined) return [];
    const { generation: found, boot } = header as { generation?: unknown; boot?: unknown };
    return found === generation && boot === this.#bootId ? (entries as JournalEntry[]) : [];
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#generation = -1;
  }

  #path(generation: number): string {
    return join(this.#directory, names[generation % 2] as string);
  }
}

function line(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function soundLines(text: string): unknown[] {
  const sound: unknown[] = [];
  for (const each of text.split('\n')) {
    const json = each.slice(9);
    if (json === '' || Number.parseInt(each.slice(0, 8), 16) !== crc32(json)) break;
    sound.push(JSON.parse(json));
  }
  return sound;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
