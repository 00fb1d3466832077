import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningApi, type StartApiOptions, startApi } from '../../../src/api/start-api.ts';
import { type Answer, type Ask, ask } from './ask.ts';

/** Where to leave what is to be done in the end; a TestContext is one. */
export interface Cleanups {
  after(cleanup: () => Promise<void>): unknown;
}

export interface TestApi extends RunningApi {
  readonly folder: string;
  /** Log lines so far, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  ask(request: Ask | string): Promise<Answer>;
  put(body: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** The real API in this process: SQLite in a folder of its own, a port of its own, no drain. */
export async function startTestApi(
  t: Cleanups,
  env: Record<string, string> = {},
  more: Pick<StartApiOptions, 'fastReads'> & { readonly configFile?: string } = {},
): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'journey-api-'));
  const lines: Record<string, unknown>[] = [];
  const api = await startApi({
    ...more,
    configFile: more.configFile,
    env: {
      JOURNEY_SERVER_HOST: '127.0.0.1',
      JOURNEY_SERVER_PORT: '0',
      JOURNEY_SERVER_DRAIN_MS: '0',
      JOURNEY_LOG_LEVEL: 'debug',
      JOURNEY_STORE_SQLITE_FILE: join(folder, 'journey.sqlite'),
      ...env,
    },
    identity: {
      service: 'api',
      version: '0.0.0-test',
      nodeVersion: process.versions.node,
      hostname: 'test-host',
      pod: 'api-0',
      namespace: undefined,
      node: undefined,
    },
    clock: { now: Date.now, monotonic: () => performance.now() },
    bornAt: performance.now(),
    destination: { write: (line) => void lines.push(JSON.parse(line)), dropped: 0 },
  });
  t.after(async () => {
    await api.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const send = (request: Ask | string): Promise<Answer> =>
    ask(api.port, typeof request === 'string' ? { path: request } : request);
  return {
    ...api,
    folder,
    lines,
    ask: send,
    put: (body, headers = {}) =>
      send({
        method: 'POST',
        path: '/api/v1/data',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
  };
}
