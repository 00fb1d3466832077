import { resolve } from 'node:path';

/**
 * The test files that take longest, longest first: the seconds of each are in the closing report. Started first, none of
 * them is what everything else waits for in the end.
 */
export const longestTests = [
  'test/supervisor/stack.test.ts',
  'test/quality/check.test.ts',
  'test/scripts/build.test.ts',
  'test/supervisor/supervisor.test.ts',
  'test/scripts/install.test.ts',
  'test/log-collector/conformance-delivery.test.ts',
];

/** @returns the same files, given by absolute paths, the longest ones first. */
export function longestFirst(files: readonly string[], root: string): string[] {
  const longest = longestTests.map((file) => resolve(root, file)).filter((file) => files.includes(file));
  return [...longest, ...files.filter((file) => !longest.includes(file))];
}
