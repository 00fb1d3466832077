import type { Language } from '../i18n/language.ts';
import type { Host } from '../supervisor/host.ts';

export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What making a cluster depends on beside {@link Host}. */
export interface Machine {
  /** The user's home folder. */
  readonly home: string;
  /** Numeric user id; `undefined` where the platform has none. */
  readonly userId: number | undefined;
  /** As `process.arch`. */
  readonly arch: string;
}

/** What a command gets from the process; `main.ts` passes the real thing. */
export interface CliContext {
  readonly args: readonly string[];
  readonly host: Host;
  readonly machine: Machine;
  readonly cwd: string;
  /** Folder that holds `src/` and `package.json`. */
  readonly root: string;
  readonly version: string;
  readonly language: Language;
  /** Where questions are answered. */
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Data: what another program may read. */
  readonly stdout: Output;
  /** Messages for people. */
  readonly stderr: Output;
  /** Calls `listener` at Ctrl-C, SIGTERM and SIGHUP. @returns a function that ends it */
  onStopSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Milliseconds since the process began. */
  uptimeMs(): number;
}
