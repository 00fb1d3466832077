import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { makeFolder } from '../../make-folder.ts';
import type { ClusterPlan } from './cluster-plan.ts';
import type { ProcessIdentity } from './proc.ts';

export interface ForwardRecord {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly hostPort: number;
  /** Where it led when it was started: a Service that was deleted and made again has another. */
  readonly nodePort: number;
}

interface StateData {
  readonly format: 1;
  readonly plan: ClusterPlan;
  /** Of the boot that the process records belong to. */
  readonly bootId: string;
  /** Folder of the compiled programs it was made with: parts of two versions are not mixed. */
  readonly programs: string;
  /** Port of the API server on 127.0.0.1; 0 until it is chosen. */
  readonly apiPort: number;
  /** Network namespaces that are ours: written down before they are made, after looking that nobody else has them. */
  readonly namespaces: readonly string[];
  /** Whether the first `ip netns add` on this machine was ours, so that its mount of /run/netns is ours to undo. */
  readonly namespaceFolderIsOurs: boolean;
  /** Every link and address is in place. */
  readonly networkReady: boolean;
  readonly processes: Readonly<Record<string, ProcessIdentity>>;
  /** Nodes that were stopped on purpose. */
  readonly stopped: readonly string[];
  readonly forwards: readonly ForwardRecord[];
}

/**
 * The written memory of one cluster: what was made, so that `down` removes exactly that and `up` finishes or repairs
 * it after a crash at any point. Saved whole, by rename, after every change: what is on disk is always one true state.
 * Read afresh every time, because another command may have changed it since.
 */
export class ClusterState {
  readonly file: string;
  #last: StateData;

  private constructor(file: string, data: StateData) {
    this.file = file;
    this.#last = data;
  }

  static create(file: string, first: Pick<StateData, 'plan' | 'bootId' | 'programs'>): ClusterState {
    const data: StateData = {
      format: 1,
      ...first,
      apiPort: 0,
      namespaces: [],
      namespaceFolderIsOurs: false,
      networkReady: false,
      processes: {},
      stopped: [],
      forwards: [],
    };
    // It holds the way to the cluster's keys; nobody else on the machine has business there.
    makeFolder(dirname(file), 0o700);
    write(file, data);
    return new ClusterState(file, data);
  }

  /** @returns `undefined` when there is none. @throws JourneyError `cluster-state-unreadable`, `cluster-state-forbidden`. */
  static load(file: string): ClusterState | undefined {
    const data = read(file);
    return data === undefined ? undefined : new ClusterState(file, data);
  }

  get data(): StateData {
    this.#last = read(this.file) ?? this.#last;
    return this.#last;
  }

  /** @throws JourneyError `cluster-not-found` when the cluster has been taken down in the meantime. */
  update(change: Partial<StateData>): void {
    const present = read(this.file);
    if (present === undefined) {
      throw new JourneyError('cluster-not-found', { provider: 'local', name: this.#last.plan.name });
    }
    this.#last = { ...present, ...change };
    write(this.file, this.#last);
  }
}

function read(file: string): StateData | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES')
      throw new JourneyError('cluster-state-forbidden', { file, reason: reasonOf(error) }, { cause: error });
    throw unreadable(file, error);
  }
  try {
    const data = JSON.parse(text) as StateData;
    if (data.format !== 1) throw new Error(`format ${String(data.format)}`);
    return data;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): JourneyError {
  const reason = reasonOf(cause);
  return new JourneyError('cluster-state-unreadable', { file, folder: dirname(file), reason }, { cause });
}

function write(file: string, data: StateData): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, `${JSON.stringify(data, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, file);
}
