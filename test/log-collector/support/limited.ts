import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { waitUntil } from '../../../src/cluster/local/wait-until.ts';

/** A cgroup of its own with the limits of a container. */
export interface Limited {
  /** Command that starts another one inside it: its arguments come behind. */
  readonly enter: readonly [file: string, ...args: string[]];
  /** Most memory used at a time, in bytes: page cache included, as the kernel counts for a container. */
  peakBytes(): number;
  /** How often the limit was reached: something had to be reclaimed, or a process killed. */
  limitHits(): number;
  /** Part of the periods in which it wanted more CPU than it may have. */
  throttled(): number;
}

const root = '/sys/fs/cgroup';
const periodMicros = 100_000;

/**
 * Limits as the kubelet sets them for a container (cgroup v1: CFS quota, memory limit). Removed after the test.
 *
 * @returns the reason, when this machine has no cgroups that can be written.
 */
export function limited(t: TestContext, cpu: number, memoryBytes: number): Limited | string {
  const folders = ['cpu', 'memory'].map((controller) => join(root, controller, `journey-test-${process.pid}`));
  const [cpuFolder = '', memoryFolder = ''] = folders;
  try {
    for (const folder of folders) {
      mkdirSync(folder);
      t.after(async () => {
        await waitUntil(() => remove(folder), { deadlineMs: 10_000, everyMs: 50 });
      });
    }
    writeFileSync(join(cpuFolder, 'cpu.cfs_period_us'), String(periodMicros));
    writeFileSync(join(cpuFolder, 'cpu.cfs_quota_us'), String(cpu * periodMicros));
    writeFileSync(join(memoryFolder, 'memory.limit_in_bytes'), String(memoryBytes));
  } catch (error) {
    return `cgroups (v1, cpu and memory) cannot be written here: ${(error as Error).message}`;
  }
  const number = (name: string) => Number(readFileSync(join(memoryFolder, name), 'latin1'));
  const procs = folders.map((folder) => `echo $$ > ${join(folder, 'cgroup.procs')}`).join(' && ');
  return {
    enter: ['/bin/sh', '-c', `${procs} && exec "$@"`, 'sh'],
    peakBytes: () => number('memory.max_usage_in_bytes'),
    limitHits: () => number('memory.failcnt'),
    throttled() {
      const stat = readFileSync(join(cpuFolder, 'cpu.stat'), 'latin1');
      const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1]);
      return of('nr_throttled') / of('nr_periods');
    },
  };
}

function remove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
