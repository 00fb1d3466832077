import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import type { LogLine } from '../../src/supervisor/control/protocol.ts';
import { type DataFolder, dataFolder } from '../../src/supervisor/folder/data-folder.ts';
import type { Host } from '../../src/supervisor/host.ts';
import { programNames } from '../../src/supervisor/programs.ts';
import type { StackEvent } from '../../src/supervisor/stack-events.ts';
import { Supervisor, type SupervisorOptions } from '../../src/supervisor/supervisor.ts';
import { defaultTimings, type Timings } from '../../src/supervisor/workload/timings.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** The machine we run on, with an environment that no JOURNEY_ variable of the caller reaches. */
export function testHost(env: Readonly<Record<string, string>> = {}): Host {
  return {
    pid: process.pid,
    execPath: process.execPath,
    platform: process.platform,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    hostname: hostname(),
    kill: (pid, signal) => void process.kill(pid, signal),
    wallMs: Date.now,
    monotonicNs: () => process.hrtime.bigint(),
  };
}

/** Waits short enough for tests. */
const timings: Timings = {
  ...defaultTimings,
  backOff: { firstMs: 30, maxMs: 240, healthyMs: 60_000 },
  livePeriodMs: 60,
  probeTimeoutMs: 400,
  configPollMs: 20,
  pruneAfterMs: 50,
};

export interface StartOptions {
  readonly root?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timings?: Partial<Timings>;
  readonly stack?: SupervisorOptions['stack'];
}

export interface Started {
  readonly supervisor: Supervisor;
  readonly folder: DataFolder;
  readonly events: StackEvent[];
  readonly lines: LogLine[];
  /** Events of one program, by kind. */
  kinds(program: string): string[];
  get(program: string, path: string): Promise<string>;
}

/** Starts the real supervisor over the fixture program, three times under the names of the real ones. */
export async function startSupervisor(t: TestContext, options: StartOptions = {}): Promise<Started> {
  const root = options.root ?? tempFolder(t);
  const folder = dataFolder(root);
  const events: StackEvent[] = [];
  const lines: LogLine[] = [];
  const supervisor = await Supervisor.start({
    folder,
    host: testHost(options.env),
    version: '1.2.3',
    timings: { ...timings, ...options.timings },
    schedule: '7 * * * *',
    stack: { port: 0, metricsPort: 0, ...options.stack },
    mainOf: (program) => fixtureMain(root, program),
    createConfigFiles: async () => {
      for (const program of programNames) writeMissing(folder.configFile(program));
    },
    onEvent: (event) => events.push(event),
    onLine: (line) => lines.push(line),
  });
  const hurry = new AbortController();
  t.after(async () => {
    hurry.abort();
    await supervisor.stop(hurry.signal);
  });
  return {
    supervisor,
    folder,
    events,
    lines,
    kinds: (program) => events.flatMap((e) => (e.kind === 'program' && e.program === program ? [e.event.kind] : [])),
    async get(program, path) {
      const port = supervisor.status.programs.find(({ name }) => name === program)?.port;
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
      return answer.text();
    },
  };
}

/** A link whose path names the program, which is how the fixture knows what it is. */
function fixtureMain(root: string, program: string): string {
  const link = join(root, 'fixture', program, 'main.ts');
  mkdirSync(dirname(link), { recursive: true });
  try {
    symlinkSync(resolve(import.meta.dirname, 'fixture/main.ts'), link);
  } catch {
    // a second start in the same folder
  }
  return link;
}

function writeMissing(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, '# nothing\n', { flag: 'wx' });
  } catch {
    // it is there
  }
}
