export type Phase = 'starting' | 'ready' | 'draining';

/** Where the process is in its life; readiness and the `Connection` header follow it. */
export class Lifecycle {
  #phase: Phase = 'starting';

  get phase(): Phase {
    return this.#phase;
  }

  get draining(): boolean {
    return this.#phase === 'draining';
  }

  /** It only ever goes forward: a late `ready` does not undo a drain. */
  advance(phase: 'ready' | 'draining'): void {
    if (this.#phase !== 'draining') this.#phase = phase;
  }
}
