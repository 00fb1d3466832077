import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Action, CleanupStore, Page, Pass } from './cleanup-store.ts';
import type { CleanupSettings } from './config.ts';
import type { BigKeys } from './rules/big-keys.ts';
import { decide } from './rules/decide.ts';
import type { RuleContext } from './rules/rule.ts';
import type { Tally } from './tally.ts';

/** What the passes of one run share. */
export interface PassContext {
  readonly store: CleanupStore;
  readonly settings: CleanupSettings;
  readonly rules: RuleContext;
  readonly tally: Tally;
  readonly bigKeys: BigKeys;
  readonly logger: Logger;
  /** Stops the run after the batch in hand; the reason is a sentence. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds at which the time budget is spent. */
  readonly deadline: number;
  /** Called when everything before this position has been dealt with. */
  readonly reached: (checkpoint: Checkpoint) => Promise<void>;
}

export interface PassEnd {
  /** Why the pass was left early; `undefined` when it is complete. */
  readonly stopped: string | undefined;
  /** Where to go on. */
  readonly cursor: string | undefined;
}

const pingEveryMs = 500;
const maxPauseMs = 1_000;
const progressEveryMs = 2_000;

/**
 * Walks one pass: while a page is acted upon the next is already being fetched. A position counts as reached only when
 * its page has been dealt with, so a run killed at any moment repeats work but never skips any.
 */
export async function runPass(pass: Pass, from: string | undefined, context: PassContext): Promise<PassEnd> {
  const { store, settings, tally, reached } = context;
  const options = {
    now: context.rules.now,
    versions: settings.retention.length > 0,
    measure: settings.bigKeys > 0 && pass === 'keys',
    rawPrefixes: settings.cachePrefixes,
  };
  const fetch = (cursor: string | undefined): Promise<Page> => {
    const limit = Math.max(1, Math.min(settings.batchSize, settings.maxScan - tally.looked));
    const page = store.page(pass, cursor, { ...options, limit });
    // If acting fails first, nobody awaits this page any more.
    page.catch(() => {});
    return page;
  };
  const pace = createPace(pass, context);
  let cursor = from;
  let stopped = reasonToStop(context);
  let pending = stopped === undefined ? fetch(cursor) : undefined;
  while (pending !== undefined) {
    const start = performance.now();
    const page = await pending;
    tally.scanned(page.scanned, page.misplaced);
    stopped = reasonToStop(context);
    pending = page.next === undefined || stopped !== undefined ? undefined : fetch(page.next);
    const complete = await workThrough(page, pass, context);
    tally.batch(performance.now() - start);
    if (!complete) return { stopped: `maxDelete of ${settings.maxDelete} was reached`, cursor };
    if (page.next === undefined) return { stopped: undefined, cursor: undefined };
    cursor = page.next;
    await reached({ pass, cursor });
    await pace();
  }
  return { stopped, cursor };
}

/** @returns false when `maxDelete` kept something on this page from being acted upon. */
async function workThrough(page: Page, pass: Pass, context: PassContext): Promise<boolean> {
  const { store, settings, rules, tally, bigKeys } = context;
  const actions: Action[] = [];
  let room = settings.maxDelete - tally.removed;
  let complete = true;
  for (const entry of page.facts) {
    if (pass === 'keys' && !entry.gone) bigKeys.observe(entry);
    const decision = decide(entry, pass, rules);
    if (decision === undefined) continue;
    const { action } = decision;
    if (action?.do === 'expire' || action?.do === 'unlink') {
      // Not counted as found either: the run that goes on from here will meet it again.
      if (room === 0) {
        complete = false;
        continue;
      }
      room--;
    }
    tally.found(decision.finding);
    if (action !== undefined) actions.push(action);
  }
  if (actions.length === 0) return complete;
  const outcomes = await store.apply(actions);
  for (const [i, action] of actions.entries()) {
    const outcome = outcomes[i];
    if (outcome !== undefined) tally.acted(action, outcome);
  }
  return complete;
}

function reasonToStop({ signal, deadline, settings, tally }: PassContext): string | undefined {
  if (signal.aborted) return String(signal.reason);
  if (performance.now() >= deadline) return `timeBudgetSeconds of ${settings.timeBudgetSeconds} is spent`;
  return tally.looked >= settings.maxScan ? `maxScan of ${settings.maxScan} was reached` : undefined;
}

/**
 * Between batches: progress to the log, and a pause only if PING says that the store is labouring. A clean-up that sleeps
 * by routine does harm: a long, slow SCAN starves Redis' own expiry (redis/redis#15411).
 */
function createPace(pass: Pass, { store, settings, tally, logger, signal }: PassContext): () => Promise<void> {
  let pinged = performance.now();
  let told = pinged;
  return async () => {
    const now = performance.now();
    if (now - told >= progressEveryMs) {
      told = now;
      logger.info({ pass, counts: tally.read() }, 'clean-up progress');
    }
    if (now - pinged < pingEveryMs) return;
    const ping = await store.ping();
    if (ping > settings.maxPingMs) {
      tally.backoff();
      logger.debug({ pingMs: ping }, 'the store answers slowly; pausing');
      await delay(Math.min(2 * ping, maxPauseMs), undefined, { signal }).catch(() => {});
    }
    pinged = performance.now();
  };
}
