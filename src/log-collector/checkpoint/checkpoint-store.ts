import { join } from 'node:path';
import { reasonOf } from '../../errors/journey-error.ts';
import { files } from '../../files-async.ts';
import { type ChainState, type CheckpointData, emptyCheckpoint } from './checkpoint-data.ts';
import { crc32 } from './crc32.ts';
import { Journal, type JournalEntry } from './journal.ts';

export interface LoadedCheckpoint {
  readonly data: CheckpointData;
  /** Generation of what was loaded; 0 if there was nothing sound. */
  readonly generation: number;
  /** Files that exist and are not sound, with the reason. */
  readonly damaged: readonly { readonly file: string; readonly reason: string }[];
}

const version = 1;
const slots = ['checkpoint.a.json', 'checkpoint.b.json'] as const;
type Slot = (typeof slots)[number];

/**
 * Two generations in two files, the new one over the older: a header line with version, generation, length and CRC-32,
 * then the data. Each is written beside its slot, fsynced, renamed into it, and the folder fsynced, so that at every
 * moment at least one sound generation is on disk, whatever is killed or cut off. The journals since the older one stay
 * as well, so that it says as much as the newer.
 */
export class CheckpointStore {
  readonly #directory: string;
  readonly #journal: Journal;
  /** Generations of the slots that are sound. */
  readonly #sound = new Map<Slot, number>();
  /** Highest generation that was ever begun, as far as there is a trace of it. */
  #last = 0;

  constructor(directory: string, journal = new Journal(directory)) {
    this.#directory = directory;
    this.#journal = journal;
  }

  /** Loads the newest sound generation. Damage is reported, never thrown: starting over beats not starting. */
  async load(): Promise<LoadedCheckpoint> {
    const damaged: { file: string; reason: string }[] = [];
    let data = emptyCheckpoint;
    for (const slot of slots) {
      const file = join(this.#directory, slot);
      try {
        const found = decode(await files.readFile(file));
        if (found.generation > this.#newest) data = found.data;
        this.#sound.set(slot, found.generation);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') damaged.push({ file, reason: reasonOf(error) });
      }
    }
    return { data: this.#replay(data), generation: this.#newest, damaged };
  }

  /** What the journals know beyond the checkpoint, also those of generations that were begun and never finished. */
  #replay(data: CheckpointData): CheckpointData {
    const chains: Record<string, ChainState> = { ...data.chains };
    this.#journal.adopt();
    const journals = this.#journal.list();
    for (const generation of journals.filter((each) => each >= this.#newest)) {
      for (const { key, state } of this.#journal.read(generation)) {
        if (state === undefined) delete chains[key];
        else chains[key] = state;
      }
    }
    this.#last = Math.max(this.#newest, ...journals.slice(-1));
    return { chains };
  }

  get #newest(): number {
    return Math.max(0, ...this.#sound.values());
  }

  /**
   * Call when taking down the data of the next {@link save}: what is noted from here on is behind it. After a save that
   * failed it is the same generation once more, so that a process leaves one journal and not one a try.
   */
  begin(): void {
    const { generation, complete } = this.#journal;
    if (generation > this.#newest && complete) return;
    this.#last++;
    this.#journal.follow(this.#last);
  }

  /** Notes what has been acknowledged. @throws what the file system says. */
  note(entries: Iterable<JournalEntry>): void {
    this.#journal.append(entries);
  }

  close(): void {
    this.#journal.close();
  }

  /** Writes what was taken down since {@link begin}. @throws what the file system says; the generation before stays. */
  async save(data: CheckpointData): Promise<void> {
    const { generation } = this.#journal;
    // Not the newest sound one.
    const slot = slots.find((each) => this.#sound.get(each) !== this.#newest) ?? slots[0];
    const target = join(this.#directory, slot);
    const temporary = `${target}.tmp`;
    const file = await files.open(temporary, 'w', 0o600);
    try {
      await files.writeFile(file, encode(generation, data));
      await files.fsync(file);
    } finally {
      await files.close(file);
    }
    await files.rename(temporary, target);
    const folder = await files.open(this.#directory, 'r');
    try {
      await files.fsync(folder);
    } finally {
      await files.close(folder);
    }
    this.#sound.set(slot, generation);
    this.#journal.removeBefore(Math.min(...this.#sound.values()));
  }
}

function encode(generation: number, data: CheckpointData): string {
  const body = JSON.stringify(data);
  const header = { version, generation, bytes: Buffer.byteLength(body), crc32: crc32(body) };
  return `${JSON.stringify(header)}\n${body}\n`;
}

function decode(bytes: Buffer): { generation: number; data: CheckpointData } {
  const end = bytes.indexOf(0x0a);
  if (end === -1) throw new Error('there is no header line');
  const header = JSON.parse(bytes.toString('utf8', 0, end)) as Record<string, unknown>;
  if (header['version'] !== version) throw new Error(`version ${header['version']} is not ${version}`);
  const body = bytes.subarray(end + 1, end + 1 + Number(header['bytes']));
  if (body.length !== header['bytes']) throw new Error('it is shorter than its header says');
  if (crc32(body) !== header['crc32']) throw new Error('the CRC-32 does not match');
  return { generation: Number(header['generation']), data: JSON.parse(body.toString('utf8')) as CheckpointData };
}
