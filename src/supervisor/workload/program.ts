import type { ProbeTarget } from '../process/probe.ts';

/** One of the three programs, as a Pod template describes it. */
export interface Program {
  readonly name: string;
  readonly namespace: string;
  /** Its `main.ts` (or bundled `main.js`). */
  readonly main: string;
  /** Flags for Node, before the script. */
  readonly nodeFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly configFile: string;
  /** Where it answers /livez and /readyz; a Job answers nothing. */
  readonly probe?: ProbeTarget;
  /** SIGTERM to SIGKILL, `terminationGracePeriodSeconds`. */
  readonly graceMs: number;
}
