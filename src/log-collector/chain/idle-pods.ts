import { dirname } from 'node:path';
import type { Hints } from '../hints.ts';
import type { ContainerChain } from './container-chain.ts';

/** A Pod whose containers have written nothing for this long may rest. */
const idleAfterMs = 10_000;
/** How often Pods are sorted into busy and idle. */
const reviewMs = 3_000;
/** A resting Pod is looked at this often all the same: notifications are hints, not the truth. */
const restMs = 20_000;

export interface IdlePodsOptions {
  readonly hints: Hints;
  /** Tells the scanner to leave a Pod alone until then; 0 ends it. */
  readonly rest: (podPath: string, until: number) => void;
  /** A resting Pod has something to say. */
  readonly roused: () => void;
}

/**
 * Lets Pods rest that write nothing, so that a thousand idle files cost next to nothing
 * (opentelemetry-collector-contrib#27404: there a whole core). A notification ends the rest at once; without
 * notifications nobody rests. Busy Pods are not watched: there each write would be an event, and polling is cheaper.
 */
export class IdlePods {
  readonly #options: IdlePodsOptions;
  /** By Pod path: since when it is watched. */
  readonly #watched = new Map<string, number>();
  #reviewedAt = 0;

  constructor(options: IdlePodsOptions) {
    this.#options = options;
  }

  /** Looks at all chains once, after a scan. */
  review(chains: Iterable<ContainerChain>, now: number, scanMs: number): void {
    if (now - this.#reviewedAt < reviewMs) return;
    this.#reviewedAt = now;
    const pods = new Map<string, ContainerChain[]>();
    for (const chain of chains) {
      const path = dirname(chain.directory);
      const list = pods.get(path);
      if (list === undefined) pods.set(path, [chain]);
      else list.push(chain);
    }
    for (const path of this.#watched.keys()) if (!pods.has(path)) this.#forget(path, []);
    for (const [path, list] of pods) {
      if (list.some((chain) => now - chain.movedAt < idleAfterMs || !isQuiet(chain))) {
        if (this.#watched.has(path)) this.#rouse(path, list);
      } else this.#settle(path, list, now, scanMs);
    }
  }

  #settle(path: string, chains: readonly ContainerChain[], now: number, scanMs: number): void {
    const { hints, rest } = this.#options;
    const since = this.#watched.get(path);
    if (since === undefined) {
      const directories = [path, ...new Set(chains.map((chain) => chain.directory))];
      const rouse = () => {
        this.#rouse(path, chains);
        this.#options.roused();
      };
      for (const directory of directories) hints.follow(directory, rouse);
      if (directories.every((directory) => hints.follows(directory))) this.#watched.set(path, now);
      else for (const directory of directories) hints.forget(directory);
      return;
    }
    // One more regular look after the watch began: nothing can have slipped in before it.
    if (now - since < 2 * scanMs) return;
    // Spread out, or a thousand would wake together; but on whole seconds, or they would wake a hundred times a second.
    const until = Math.ceil((now + restMs * (1 + Math.random())) / 1_000) * 1_000;
    this.#watched.set(path, until);
    rest(path, until);
    for (const chain of chains) chain.nextPoll = Math.max(chain.nextPoll, until);
  }

  #rouse(path: string, chains: readonly ContainerChain[]): void {
    this.#forget(path, chains);
    this.#options.rest(path, 0);
    for (const chain of chains) {
      chain.nextPoll = 0;
      chain.pollDelay = 0;
    }
  }

  #forget(path: string, chains: readonly ContainerChain[]): void {
    this.#watched.delete(path);
    this.#options.hints.forget(path);
    for (const { directory } of chains) this.#options.hints.forget(directory);
  }
}

function isQuiet(chain: ContainerChain): boolean {
  return (
    chain.complete ||
    (chain.inFlight === 0 && chain.files.length <= 1 && chain.lagBytes === 0 && !chain.ended && !chain.holdsTraces)
  );
}
