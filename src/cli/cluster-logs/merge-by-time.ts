import type { JsonRecord } from '../../log-collector/record/json-lines.ts';

interface Waiting {
  readonly record: JsonRecord;
  readonly key: string;
  /** Monotonic milliseconds. */
  readonly since: number;
}

export interface MergeByTimeOptions {
  /** How long a record waits for an earlier one of another node, in milliseconds. */
  readonly patienceMs: number;
  /** Most records that wait. */
  readonly max: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Puts records of several nodes in the order of their times. Within one stream of one container the order in which they
 * came is kept whatever the clock says; between nodes it is as right as their clocks.
 */
export class MergeByTime {
  readonly #options: MergeByTimeOptions;
  #waiting: Waiting[] = [];
  /** Last key of each stream: a later record of it must not sort before. */
  readonly #last = new Map<string, string>();

  constructor(options: MergeByTimeOptions) {
    this.#options = options;
  }

  add(record: JsonRecord): void {
    const { uid, container, restart } = record.kubernetes;
    const stream = `${uid}/${container}/${restart}/${record.stream}`;
    const own = sortKey(record.time);
    const before = this.#last.get(stream) ?? '';
    const key = [own, before].toSorted()[1] ?? own;
    this.#last.set(stream, key);
    this.#waiting.push({ record, key, since: this.#options.now() });
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Records whose turn it is, in order; `all` takes those that would still wait. */
  take(all = false): JsonRecord[] {
    const { patienceMs, max, now } = this.#options;
    // Stable, so that equal keys keep the order of arrival.
    this.#waiting.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const due = now() - patienceMs;
    // What is before a record that is due goes with it: it may be younger here, but not in time.
    let count = all ? this.#waiting.length : this.#waiting.findLastIndex(({ since }) => since <= due) + 1;
    count = Math.max(count, this.#waiting.length - max);
    return this.#waiting.splice(0, count).map(({ record }) => record);
  }
}

/** Text that sorts as the times do: any zone, any number of digits behind the second. */
export function sortKey(time: string): string {
  const [, seconds = '', fraction = '', zone = 'Z'] = /^([^.Z+]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  // No time of ours: it goes where it came.
  if (Number.isNaN(ms)) return '';
  return `${String(ms / 1_000).padStart(12, '0')}.${fraction.padEnd(9, '0')}`;
}
