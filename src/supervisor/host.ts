/** What the supervisor takes from the machine and from its own process; `main.ts` passes the real thing. */
export interface Host {
  readonly pid: number;
  /** The Node that programs are started with. */
  readonly execPath: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** Sends a signal; 0 only asks whether the process exists. @throws with `code` `ESRCH` or `EPERM` */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** Nanoseconds from any origin. */
  monotonicNs(): bigint;
}
