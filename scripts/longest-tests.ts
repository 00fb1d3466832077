import { resolve } from 'node:path';

/**
 * The test files that take longest, longest first: the seconds of each are in the closing report. Started first, none of
 * them is what everything else waits for in the end; and those that mostly wait, for clocks or a CPU quota, do so beside
 * those that compute.
 */
export const longestTests = [
  'test/supervisor/stack.test.ts',
  'test/log-collector/limits.test.ts',
  'test/cache/redis-faults.test.ts',
  'test/log-collector/crowded-node.test.ts',
  'test/api/operations.test.ts',
  'test/cleanup-job/program.test.ts',
  'test/quality/check.test.ts',
  'test/api/process.test.ts',
  'test/cli/cli.test.ts',
  'test/cleanup-job/properties.test.ts',
  'test/supervisor/supervisor.test.ts',
  'test/load/load.test.ts',
  'test/api/docs.test.ts',
  'test/cache/redis.test.ts',
  'test/log-collector/conformance-delivery.test.ts',
  'test/scripts/install.test.ts',
  'test/api/data.test.ts',
  'test/cleanup-job/redis-rules.test.ts',
  'test/scripts/build.test.ts',
  'test/scripts/test-report.test.ts',
  'test/log-collector/process.test.ts',
];

/** @returns the same files, given by absolute paths, the longest ones first. */
export function longestFirst(files: readonly string[], root: string): string[] {
  const longest = longestTests.map((file) => resolve(root, file)).filter((file) => files.includes(file));
  return [...longest, ...files.filter((file) => !longest.includes(file))];
}
