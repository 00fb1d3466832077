import { resolve } from 'node:path';

/**
 * The test files that take long, longest first: the seconds of each are in the closing report. Started first, none of
 * them is what everything else waits for in the end.
 */
export const longestTests = {
  /** Those that mostly wait, for clocks, a server or a CPU quota: beside those that compute, not in their place. */
  waiting: [
    'test/log-collector/limits.e2e.test.ts',
    'test/cache/redis-faults.test.ts',
    'test/log-collector/crowded-node.e2e.test.ts',
    'test/api/operations.test.ts',
    'test/scripts/test-report.e2e.test.ts',
    'test/scripts/install.e2e.test.ts',
    'test/cache/redis.test.ts',
    'test/cleanup-job/cleanup-store.test.ts',
    'test/api/http.test.ts',
  ],
  computing: [
    'test/supervisor/stack.e2e.test.ts',
    'test/cleanup-job/program.test.ts',
    'test/quality/check.test.ts',
    'test/api/process.test.ts',
    'test/cli/cli.test.ts',
    'test/cleanup-job/properties.test.ts',
    'test/supervisor/supervisor.test.ts',
    'test/load/load.test.ts',
    'test/api/docs.e2e.test.ts',
    'test/log-collector/conformance-delivery.test.ts',
    'test/log-collector/process.test.ts',
    'test/log-collector/reload.test.ts',
    'test/stack/alerts-firing.test.ts',
    'test/cli/logs-prove.e2e.test.ts',
  ],
} as const;

/** @returns the same files, given by absolute paths, the longest ones of each kind first. */
export function longestFirst(files: readonly string[], root: string): { waiting: string[]; computing: string[] } {
  const some = (paths: readonly string[]) =>
    paths.map((path) => resolve(root, path)).filter((path) => files.includes(path));
  const waiting = some(longestTests.waiting);
  const computing = some(longestTests.computing);
  const named = [...waiting, ...computing];
  return { waiting, computing: [...computing, ...files.filter((file) => !named.includes(file))] };
}
