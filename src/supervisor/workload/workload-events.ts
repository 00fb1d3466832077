import type { LogTrouble } from '../logs/cri-log-writer.ts';
import type { ContainerExit } from '../process/container.ts';

export type WorkloadState = 'starting' | 'ready' | 'unready' | 'backing-off' | 'config-error' | 'stopping' | 'stopped';

/** What a user is told about a program. */
export type WorkloadEvent =
  | { readonly kind: 'ready'; readonly restarts: number }
  | { readonly kind: 'unready'; readonly reason: string }
  | { readonly kind: 'slow-start'; readonly reason: string }
  | { readonly kind: 'died'; readonly exit: ContainerExit; readonly delayMs: number }
  | { readonly kind: 'config-error'; readonly file: string; readonly reason: string | undefined }
  | { readonly kind: 'hung'; readonly reason: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'log'; readonly trouble: LogTrouble };

export interface WorkloadStatus {
  readonly name: string;
  readonly state: WorkloadState;
  readonly pid: number | undefined;
  readonly pod: string;
  readonly restarts: number;
  /** When the present run began, in milliseconds since the epoch. */
  readonly startedAt: number | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Why it is not ready, or why it last died. */
  readonly reason: string | undefined;
}
