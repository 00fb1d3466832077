import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';

/** One record as the collector writes it to stdout. */
export interface CollectedRecord {
  readonly time?: string;
  readonly stream?: string;
  readonly level?: string;
  readonly log?: string;
  readonly kubernetes?: {
    readonly node?: string;
    readonly namespace?: string;
    readonly pod?: string;
    readonly uid?: string;
    readonly container?: string;
    /** Only when the API server has told. */
    readonly owner?: { readonly kind: string; readonly name: string };
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** The records of some collectors that contain a marker, as they come. */
export interface RecordWatch {
  readonly records: readonly CollectedRecord[];
  /** Resolves when all logs have ended; rejects never. */
  readonly ended: Promise<void>;
}

/** Follows the output of collectors from now on and keeps what contains `marker`. Ends with the check's signal. */
export function watchRecords(
  { cluster, signal, stack }: CheckContext,
  collectors: readonly Pod[],
  marker: string,
  sinceSeconds = 2,
): RecordWatch {
  const records: CollectedRecord[] = [];
  const follow = async (pod: Pod): Promise<void> => {
    let rest = '';
    const onText = (text: string): void => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.includes(marker)) continue;
        const record = parse(line);
        if (record !== undefined) records.push(record);
      }
    };
    const { name, namespace = stack.nodeNamespace } = pod.metadata;
    await cluster.followLogs(namespace, name, { signal, sinceSeconds, onText });
  };
  const ended = Promise.allSettled(collectors.map(follow)).then(() => undefined);
  return { records, ended };
}

function parse(line: string): CollectedRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
