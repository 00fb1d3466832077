import type { Pod } from './objects.ts';

/** Whether its readiness probes say yes: the condition `Ready`, not the phase. */
export function isPodReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}
