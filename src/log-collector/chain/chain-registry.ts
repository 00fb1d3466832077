import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from '../../telemetry/logger.ts';
import { restoreChain, saveChain } from '../checkpoint/chain-state.ts';
import { type ChainState, type CheckpointData, emptyCheckpoint } from '../checkpoint/checkpoint-data.ts';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config.ts';
import type { Counters } from '../counters.ts';
import type { Hints } from '../hints.ts';
import type { LossReason } from '../loss.ts';
import type { Verdict } from '../metadata/pod-filter.ts';
import { type ContainerInstance, instanceKeyOf } from '../record/source-label.ts';
import { ContainerChain, restlessMs } from './container-chain.ts';
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
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hints: Hints;
  /** A container that was left alone has something to say; look soon. */
  readonly roused: () => void;
  /** A chain is gone; nothing needs to be remembered of it. */
  readonly forgotten: (chain: Pick<ContainerChain, 'key' | 'lost'>) => void;
  /** A chain was let go because nobody wants it; this is where it would go on. */
  readonly leftAlone: (key: string, state: ChainState) => void;
}

/** All container instances there are on the node, kept in step with the directories by {@link scan}. */
export class ChainRegistry {
  readonly chains = new Map<string, ContainerChain>();
  /** Where containers that are left alone, and once were read, would go on; as long as their directory is there. */
  readonly leftAlone = new Map<string, ChainState>();
  readonly #options: ChainRegistryOptions;
  readonly #scanner: PodScanner;
  readonly #idle: IdlePods;
  /** Pod directories of containers that are left alone because of their labels, by one of those. */
  readonly #unwanted = new Map<string, ContainerInstance>();
  #restored: CheckpointData = emptyCheckpoint;
  /** The filter that was in force at the last scan. */
  #filter: CollectorConfig['filter'];
  #first = true;
  #startAtEnd = false;

  constructor(options: ChainRegistryOptions) {
    const { config, isExcluded, logger, clock } = options;
    this.#options = options;
    this.#filter = config().filter;
    this.#scanner = new PodScanner({
      root: config().logs.root,
      isExcluded,
      clock,
      events: {
        changed: (directory) => this.#merge(directory),
        removed: ({ path }) => {
          this.#unwanted.delete(dirname(path));
          for (const chain of this.chains.values()) if (chain.directory === path) this.#remove(chain);
          this.#forgetBelow(path);
        },
        gone: (podPath) => this.#forgetBelow(podPath),
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
    const { filter, logs, reader } = config();
    if (filter !== this.#filter) this.#reconsider();
    this.#filter = filter;
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
      if (wanted === 'ignore') chain.unwanted = true;
      if (chain.unwanted && this.#letGo(chain)) continue;
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

  /**
   * Whether one of the containers that have written lately, or have unread lines, has another set of files than at the
   * last scan: most likely it was rotated. `undefined`: there is no such container.
   */
  stale(now: number): boolean | undefined {
    let active: false | undefined;
    for (const chain of this.chains.values()) {
      if (chain.complete || chain.removed) continue;
      if (now - chain.movedAt >= restlessMs && chain.lagBytes === 0) continue;
      if (this.#scanner.hasChanged(chain.directory)) return true;
      active = false;
    }
    return active;
  }

  #merge({ pod, name, path, restarts, returning }: ContainerDirectory): void {
    const { config, verdict } = this.#options;
    const startAtEnd = this.#first ? this.#startAtEnd : returning && config().logs.startAt === 'end';
    const newest = Math.max(...restarts.keys());
    for (const [restart, names] of [...restarts].sort(([a], [b]) => a - b)) {
      const instance = { ...pod, container: name, restart };
      const wanted = verdict(instance);
      if (wanted === 'ignore') this.#unwanted.set(dirname(path), instance);
      if (wanted === 'ignore' && !this.chains.has(instanceKeyOf(instance))) continue;
      const before = this.chains.get(instanceKeyOf(instance));
      if (before?.unwanted) {
        // Wanted again before it was let go: look again when it has been.
        this.#unwanted.set(dirname(path), instance);
        continue;
      }
      const chain = before ?? this.#begin(instance, path);
      const isNew = before === undefined && chain.files.length === 0;
      chain.held = wanted === 'wait';
      chain.removed = false;
      chain.nextPoll = 0;
      mergeDirectory(chain, names, isNew && startAtEnd, this.#events);
      chain.returning = false;
      if (restart < newest) this.#end(chain);
    }
    for (const chain of this.chains.values()) {
      if (chain.directory === path && !restarts.has(chain.instance.restart)) this.#remove(chain);
    }
  }

  /** Goes on where the process before us, or we before it was left alone, had come to. */
  #begin(instance: ContainerInstance, directory: string): ContainerChain {
    const chain = new ContainerChain(instance, directory);
    chain.movedAt = this.#options.clock.monotonic();
    const state = this.#restored.chains[chain.key] ?? this.leftAlone.get(chain.key);
    if (state !== undefined) restoreChain(chain, state);
    this.leftAlone.delete(chain.key);
    this.chains.set(chain.key, chain);
    return chain;
  }

  /** Instances of the checkpoint that the first scan did not find: gone while we were not running. */
  #settleVanished(): void {
    for (const [key, state] of Object.entries(this.#restored.chains)) {
      const instance = parseInstanceKey(key);
      if (instance === undefined || this.chains.has(key)) continue;
      // Nothing of what is left out from now on is a loss.
      if (this.#isUnwanted(instance)) {
        if (existsSync(join(this.#options.config().logs.root, dirname(key)))) {
          this.leftAlone.set(key, { ...state, left: true });
        }
        continue;
      }
      const chain = new ContainerChain(instance, '');
      restoreChain(chain, state);
      this.chains.set(key, chain);
      this.#remove(chain);
    }
    this.#restored = emptyCheckpoint;
  }

  /** The filter has changed: who is left alone from now on, and who no more? */
  #reconsider(): void {
    this.#scanner.reconsider();
    for (const chain of this.chains.values()) chain.unwanted ||= this.#isUnwanted(chain.instance);
  }

  #isUnwanted(instance: ContainerInstance): boolean {
    const { isExcluded, verdict } = this.#options;
    return isExcluded(instance) || isExcluded(instance, instance.container) || verdict(instance) === 'ignore';
  }

  /** Lets go of a chain nobody wants, as soon as the sink has what was begun of it; its place is kept. */
  #letGo(chain: ContainerChain): boolean {
    chain.nextPoll = 0;
    if (!chain.complete || chain.files.some((file) => file.busy)) return false;
    const state: ChainState = { ...saveChain(chain), left: true };
    for (const file of chain.files) file.close();
    this.chains.delete(chain.key);
    this.#unwanted.set(dirname(chain.directory), chain.instance);
    this.leftAlone.set(chain.key, state);
    this.#options.leftAlone(chain.key, state);
    // Its directory went while the last of it was on its way.
    if (!existsSync(chain.directory)) this.#forgetBelow(chain.directory);
    return true;
  }

  #forgetBelow(path: string): void {
    const { root } = this.#options.config().logs;
    for (const key of this.leftAlone.keys()) {
      if (!`${join(root, key)}/`.startsWith(`${path}/`)) continue;
      this.leftAlone.delete(key);
      this.#options.forgotten({ key, lost: new Map() });
    }
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
      if (chain.returning) return;
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
