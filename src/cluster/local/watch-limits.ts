import { readFileSync, writeFileSync } from 'node:fs';
import { reasonOf } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import type { ClusterContext } from '../cluster-provider.ts';
import { localMessages } from './messages.ts';

/**
 * A kubelet, a containerd and a kube-proxy for each node, and every program in a Pod that follows a file, take one each
 * of what the kernel gives a user: 128 by default, less than two clusters need. What comes too late fails with
 * "inotify_init: too many open files", or, worse, starts and never learns of a change.
 */
const wanted = 1_024;
const limitFile = '/proc/sys/fs/inotify/max_user_instances';

/** Raises the kernel's limit of file watchers, until the next boot, and says so; it is never lowered. */
export function raiseWatchLimits({ report, language }: ClusterContext, file = limitFile): void {
  let before: number;
  try {
    before = Number(readFileSync(file, 'utf8'));
  } catch {
    return; // a kernel without it has no such limit
  }
  if (before >= wanted) return;
  try {
    writeFileSync(file, `${wanted}\n`);
    report(say(language, localMessages.watchLimitRaised, { before, wanted }));
  } catch (error) {
    report(say(language, localMessages.watchLimitLow, { before, wanted, reason: reasonOf(error) }));
  }
}
