import type { TestContext } from 'node:test';

/**
 * Skips a test for want of something, with the reason and the command that would change it.
 * On CI nothing may be wanting, so there it is a failure.
 */
export function want(t: TestContext, present: boolean, what: string, command: string): boolean {
  if (present) return true;
  const reason = `needs ${what}; ${command}`;
  if (process.env['CI'] === 'true') throw new Error(`on CI this test must run: ${reason}`);
  t.skip(reason);
  return false;
}
