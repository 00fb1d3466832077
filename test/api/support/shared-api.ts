import { after, before } from 'node:test';
import { startTestApi, type TestApi } from './start-test-api.ts';

/** One API for all tests of a file. @returns a function that gives it, once the tests run. */
export function sharedApi(env: Record<string, string> = {}): () => TestApi {
  let api: TestApi | undefined;
  const cleanups: (() => Promise<void>)[] = [];
  before(async () => {
    api = await startTestApi({ after: (cleanup) => cleanups.push(cleanup) }, env);
  });
  after(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  return () => {
    if (api === undefined) throw new Error('the API is started before the first test');
    return api;
  };
}
