/** A file that is not yet completely delivered. */
export interface FileState {
  readonly name: string;
  readonly id?: string;
  readonly dev: string;
  readonly ino: string;
  readonly birth: string;
  readonly size: number;
}

/** One container instance. */
export interface ChainState {
  /** Oldest first. */
  readonly files: readonly FileState[];
  /** Per stream (stdout, stderr, unknown): index into `files` and offset; everything before was taken by the sink. */
  readonly streams: readonly (readonly [file: number, offset: number])[];
  /** Languages whose stack traces are being joined: a restart must join them before the API has said so again. */
  readonly traces?: string;
  /** It is left alone since then: what goes from now on is no loss. */
  readonly left?: true;
  /** Files taken completely that may still be on disk in some form. */
  readonly finished: readonly { readonly id: string; readonly name: string; readonly size: number }[];
}

/** Everything a restarted collector needs to know, by instance key. */
export interface CheckpointData {
  readonly chains: Readonly<Record<string, ChainState>>;
}

export const emptyCheckpoint: CheckpointData = { chains: {} };
