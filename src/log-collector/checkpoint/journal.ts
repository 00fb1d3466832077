import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ChainState } from './checkpoint-data.ts';
import { crc32 } from './crc32.ts';

/** One chain as it stood after the sink had taken a batch; without state: it is not followed any more. */
export interface JournalEntry {
  readonly key: string;
  readonly state?: ChainState;
}

/** What an older version called its two journals, used in turn. */
const formerNames = ['checkpoint.a.journal', 'checkpoint.b.journal'] as const;

/**
 * What has been acknowledged since the last checkpoint, one line a chain and batch, written but not fsynced: it
 * survives the death of the process, which is what `kill -9` is, so that a restart repeats at most the batch that was
 * on its way. A power cut is another matter: there the sink may have lost what it took, so a journal counts only
 * within the boot that wrote it, and the fsynced checkpoint is all there is.
 *
 * One file `journal.<generation>` a generation, made by its first entry and never written over: who is killed before
 * a checkpoint is durable leaves theirs to the next process, which may be killed as early.
 */
export class Journal {
  readonly #directory: string;
  readonly #bootId: string;
  #fd: number | undefined;
  #size = 0;
  /** Whether an entry is missing behind those that it has. */
  #gap = false;
  #generation = 0;

  constructor(directory: string, bootId: string = readBootId()) {
    this.#directory = directory;
    this.#bootId = bootId;
  }

  /** The generation of checkpoint that entries are behind; 0 before the first {@link follow}. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Whether a checkpoint taken down from here on may have this generation too: of each chain the newest entry is in
   * it, so that replaying what was noted before changes nothing.
   */
  get complete(): boolean {
    return !this.#gap;
  }

  /** From here on entries belong behind checkpoint `generation`, of which there is no journal. */
  follow(generation: number): void {
    this.close();
    this.#generation = generation;
  }

  /** @throws what the file system says; the checkpoint then has to do without these entries. */
  append(entries: Iterable<JournalEntry>): void {
    if (this.#generation === 0) return;
    let text = '';
    for (const entry of entries) text += line(JSON.stringify(entry));
    if (text === '') return;
    if (this.#size === 0) text = line(JSON.stringify({ generation: this.#generation, boot: this.#bootId })) + text;
    const bytes = Buffer.from(text);
    try {
      this.#fd ??= openSync(this.#path(this.#generation), 'ax', 0o600);
      writeFileSync(this.#fd, bytes);
      this.#size += bytes.length;
    } catch (error) {
      this.#gap = this.#size > 0;
      // Half a line would hide every line after it.
      if (this.#fd !== undefined) ftruncateSync(this.#fd, this.#size);
      throw error;
    }
  }

  /** Entries behind checkpoint `generation`, oldest first, up to the first that is damaged. */
  read(generation: number): JournalEntry[] {
    const [header, ...entries] = this.#lines(this.#path(generation));
    if (header === undefined) return [];
    const { generation: found, boot } = header as { generation?: unknown; boot?: unknown };
    return found === generation && boot === this.#bootId ? (entries as JournalEntry[]) : [];
  }

  /** Generations of which there is a journal, oldest first. */
  list(): number[] {
    try {
      return readdirSync(this.#directory)
        .map((name) => Number(/^journal\.(\d+)$/.exec(name)?.[1]))
        .filter((generation) => generation > 0)
        .toSorted((a, b) => a - b);
    } catch {
      return [];
    }
  }

  /** Deletes the journals of generations before this one. What cannot be deleted stays for the next time. */
  removeBefore(generation: number): void {
    for (const each of this.list()) {
      if (each < generation) attempt(() => rmSync(this.#path(each)));
    }
  }

  /** Gives the journals of an older version the names of today: an upgrade repeats no more than a restart. */
  adopt(): void {
    for (const name of formerNames) {
      const path = join(this.#directory, name);
      const { generation } = (this.#lines(path)[0] ?? {}) as { generation?: number };
      if (generation === undefined) attempt(() => rmSync(path));
      else attempt(() => renameSync(path, this.#path(generation)));
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#size = 0;
    this.#gap = false;
    this.#generation = 0;
  }

  #path(generation: number): string {
    return join(this.#directory, `journal.${generation}`);
  }

  #lines(path: string): unknown[] {
    try {
      return soundLines(readFileSync(path, 'utf8'));
    } catch {
      return [];
    }
  }
}

/** For files that may be gone or locked, where nothing depends on it. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {}
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
