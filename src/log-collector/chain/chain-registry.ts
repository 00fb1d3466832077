import { dirname } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { restoreChain } from '../checkpoint/chain-state.ts';
import { type CheckpointData, emptyCheckpoint } from '../checkpoint/checkpoint-data.ts';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config.ts';
import type { Counters } from '../counters.ts';
import type { Hints } from '../hints.ts';
import type { LossReason } from '../loss.ts';
import type { Verdict } from '../metadata/pod-filter.ts';
import { type ContainerInstance, instanceKeyOf } from '../record/source-label.ts';
import { ContainerChain } from './container-chain.ts';
import { IdlePods } from './idle-pods.ts';
import { parseInstanceKey } from './log-path.ts';
import { type MergeEvents, mergeDirectory } from './merge-directory.ts';
import { type ContainerDirectory, type IsExcluded, PodScanner } from './pod-scanner.ts';
import { releaseHeld } from './release-held.ts';

export interface ChainRegistryOptions {
  readonly config: () => CollectorConfig;
  readonly isExcluded: IsExcluded;
  /** Whether something that knows better than the files says that this container has ended. */
  readonly hasEnded: (instance: ContainerInstance) => boolean;
  /** Whether labels and annotations want it read; asked at each scan. */
  readonly verdict: (instance: ContainerInstance) => Verdict;
  /** A chain is given up since it is not wanted: what it has begun is to be dropped. */
  readonly discarded: (chain: ContainerChain) => void;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hints: Hints;
  /** A container that was left alone has something to say; look soon. */
  readonly roused: () => void;
  /** A chain is complete and gone; nothing needs to be remembered of it. */
  readonly forgotten: (chain: ContainerChain) => void;
}

/** All container instances there are on the node, kept in step with the directories by {@link scan}. */
export class ChainRegistry {
  readonly chains = new Map<string, ContainerChain>();
  readonly #options: ChainRegistryOptions;
  readonly #scanner: PodScanner;
  readonly #idle: IdlePods;
  /** Pod directories of containers that are left alone because of their labels, by one of those. */
  readonly #unwanted = new Map<string, ContainerInstance>();
  #restored: CheckpointData = emptyCheckpoint;
  #first = true;
  #startAtEnd = false;

  constructor(options: ChainRegistryOptions) {
    const { config, isExcluded, logger, clock } = options;
    this.#options = options;
    this.#scanner = new PodScanner({
      root: config().logs.root,
      isExcluded,
      clock,
      events: {
        changed: (directory) => this.#merge(directory),
        removed: ({ path }) => {
          this.#unwanted.delete(dirname(path));
          for (const chain of this.chains.values()) if (chain.directory === path) this.#remove(chain);
        },
        unreadable: (path, error) => logger.warn({ path, error }, 'directory cannot be listed'),
      },
    });
    this.#idle = new IdlePods({
      hints: options.hints,
      rest: (path, until) => this.#scanner.rest(path, until),
      roused: options.roused,
    });
  }

  /** Gives the first scan what a process before us knew. */
  restore(data: CheckpointData, found: boolean): void {
    this.#restored = data;
    this.#startAtEnd = !found && this.#options.config().logs.startAt === 'end';
  }

  scan(): void {
    const { config, hasEnded, verdict, clock, counters, logger, forgotten } = this.#options;
    const { logs, reader } = config();
    for (const [path, instance] of this.#unwanted) {
      if (verdict(instance) === 'ignore') continue;
      this.#unwanted.delete(path);
      this.#scanner.lookAgain(path);
    }
    this.#scanner.scan();
    counters.scans++;
    if (this.#first) this.#settleVanished();
    this.#first = false;
    const now = clock.monotonic();
    for (const [key, chain] of this.chains) {
      const wanted = verdict(chain.instance);
      chain.held = wanted === 'wait';
      if (wanted === 'ignore' && this.#discard(chain)) continue;
      if (chain.nextPoll <= now) {
        for (const file of chain.files) file.glance(now, 2 * logs.scanMs);
        chain.forecast.sample(now, chain.lagBytes);
      }
      if (!chain.ended && hasEnded(chain.instance)) this.#end(chain);
      if (!chain.removed || !chain.complete) continue;
      this.chains.delete(key);
      for (const file of chain.files) file.close();
      forgotten(chain);
    }
    this.#idle.review(this.chains.values(), now, logs.scanMs);
    releaseHeld(this.chains.values(), reader.heldDeletedMaxBytes, (chain, file, bytes) => {
      this.#lose(chain, 'fd_released', bytes);
      logger.error({ container: chain.key, file: file.name, bytes }, 'deleted file released unread');
    });
  }

  #merge({ pod, name, path, restarts }: ContainerDirectory): void {
    const { verdict } = this.#options;
    const newest = Math.max(...restarts.keys());
    for (const [restart, names] of [...restarts].sort(([a], [b]) => a - b)) {
      const instance = { ...pod, container: name, restart };
      const wanted = verdict(instance);
      if (wanted === 'ignore') this.#unwanted.set(dirname(path), instance);
      if (wanted === 'ignore' && !this.chains.has(instanceKeyOf(instance))) continue;
      const chain = this.#chain(instance, path);
      chain.held = wanted === 'wait';
      chain.removed = false;
      chain.nextPoll = 0;
      mergeDirectory(chain, names, this.#first && this.#startAtEnd, this.#events);
      if (restart < newest) this.#end(chain);
    }
    for (const chain of this.chains.values()) {
      if (chain.directory === path && !restarts.has(chain.instance.restart)) this.#remove(chain);
    }
  }

  #chain(instance: ContainerInstance, directory: string): ContainerChain {
    const key = instanceKeyOf(instance);
    let chain = this.chains.get(key);
    if (chain === undefined) {
      chain = new ContainerChain(instance, directory);
      chain.movedAt = this.#options.clock.monotonic();
      const state = this.#restored.chains[key];
      if (state !== undefined) restoreChain(chain, state);
      this.chains.set(key, chain);
    }
    return chain;
  }

  /** Instances of the checkpoint that the first scan did not find: gone while we were not running. */
  #settleVanished(): void {
    const { isExcluded } = this.#options;
    for (const [key, state] of Object.entries(this.#restored.chains)) {
      const instance = parseInstanceKey(key);
      if (instance === undefined || this.chains.has(key)) continue;
      // Nothing of what is left out from now on is a loss.
      if (isExcluded(instance) || isExcluded(instance, instance.container)) continue;
      const chain = new ContainerChain(instance, '');
      restoreChain(chain, state);
      this.chains.set(key, chain);
      this.#remove(chain);
    }
    this.#restored = emptyCheckpoint;
  }

  /** Gives up a chain nobody wants, as soon as nothing of it is on its way. */
  #discard(chain: ContainerChain): boolean {
    if (chain.inFlight > 0 || chain.files.some((file) => file.busy)) return false;
    for (const file of chain.files) file.close();
    this.#options.discarded(chain);
    this.chains.delete(chain.key);
    this.#unwanted.set(dirname(chain.directory), chain.instance);
    this.#options.forgotten(chain);
    return true;
  }

  #end(chain: ContainerChain): void {
    if (chain.ended) return;
    chain.ended = true;
    chain.nextPoll = 0;
  }

  #remove(chain: ContainerChain): void {
    if (chain.removed) return;
    chain.removed = true;
    mergeDirectory(chain, [], false, this.#events);
    this.#end(chain);
  }

  readonly #events: MergeEvents = {
    rotated: () => {
      this.#options.counters.rotations++;
    },
    rotatedAway: (chain, file, bytes, reason) => {
      this.#lose(chain, reason, bytes);
      // Gone, with all of it taken that was known of it: nobody can tell whether there was more.
      if (bytes === 0) return;
      this.#options.logger.error({ container: chain.key, file: file.name, bytes, reason }, 'log bytes are lost');
    },
    missed: (chain, name, bytes, error) => {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (gone) this.#lose(chain, 'deleted_before_read', bytes);
      this.#options.logger.warn({ container: chain.key, file: name, error }, 'log file cannot be opened');
    },
    resumedInGzip: () => {
      this.#options.counters.gzResumed++;
    },
  };

  #lose(chain: ContainerChain, reason: LossReason, bytes: number): void {
    this.#options.counters.lost[reason] += bytes;
    chain.lose(reason, bytes);
  }
}
