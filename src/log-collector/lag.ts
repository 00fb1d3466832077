import type { ContainerChain } from './chain/container-chain.ts';

/** How old the last line read is, in seconds, while there are lines behind it that have not been read; else 0. */
export function lagSeconds(chain: ContainerChain, wallMs: number): number {
  if (chain.lagBytes === 0 || chain.lastTime === '') return 0;
  const time = Date.parse(chain.lastTime);
  return Number.isNaN(time) ? 0 : Math.max(0, (wallMs - time) / 1_000);
}
