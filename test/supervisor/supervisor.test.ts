import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { want } from '../support/want.ts';
import { type Started, startSupervisor } from './start-supervisor.ts';

const findPid = ({ supervisor }: Started, program: string) =>
  supervisor.status.programs.find(({ name }) => name === program)?.pid;
/** Never a guess: signals to pid 0 go to our own process group. */
const pidOf = (stack: Started, program: string): number => {
  const pid = findPid(stack, program);
  assert.ok(pid !== undefined, `${program} does not run`);
  return pid;
};
const stateOf = ({ supervisor }: Started, program: string) =>
  supervisor.status.programs.find(({ name }) => name === program)?.state;
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
};
const podFolder = ({ folder }: Started, prefix: string): string => {
  const name = readdirSync(folder.podLogs).find((n) => n.startsWith(prefix));
  assert.ok(name, `no log folder ${prefix}…`);
  return join(folder.podLogs, name);
};

test('programs get what the kubelet would give them', async (t) => {
  const stack = await startSupervisor(t, { env: { SOME: 'thing' }, stack: { logLevel: 'debug' } });
  await stack.supervisor.ready;
  const env = JSON.parse(await stack.get('api', '/')) as Record<string, string>;
  const [, uid] = /_([0-9a-f-]{36})$/.exec(podFolder(stack, 'journey_api-')) ?? [];
  assert.equal(env['POD_UID'], uid);
  assert.match(env['POD_NAME'] ?? '', /^api-[a-z0-9]{5}$/);
  assert.equal(env['POD_NAMESPACE'], 'journey');
  assert.ok(env['NODE_NAME']);
  assert.equal(env['JOURNEY_CONFIG_FILE'], stack.folder.configFile('api'));
  assert.equal(env['JOURNEY_STORE_SQLITE_FILE'], stack.folder.sqliteFile);
  assert.equal(env['JOURNEY_LOG_LEVEL'], 'debug');
  assert.equal(env['SOME'], 'thing');
  const collector = JSON.parse(await stack.get('log-collector', '/')) as Record<string, string>;
  assert.equal(collector['POD_NAMESPACE'], 'journey-node');
  assert.equal(collector['JOURNEY_LOGS_ROOT'], stack.folder.podLogs);
  const log = readFileSync(join(podFolder(stack, 'journey_api-'), 'api/0.log'), 'utf8');
  assert.match(log, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z stdout F \{"level":"info","msg":"listening"/);
});

test('a killed program is started again, in a log of its own, with the reason told', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  const first = pidOf(stack, 'api');
  await stack.get('api', '/do/die');
  await until('it is ready again', () => stateOf(stack, 'api') === 'ready' && findPid(stack, 'api') !== first);
  const died = stack.events.find((e) => e.kind === 'program' && e.event.kind === 'died');
  assert.ok(died?.kind === 'program' && died.event.kind === 'died');
  assert.deepEqual(died.event.exit, { code: 3, signal: undefined, reason: 'Error: told to die' });
  assert.deepEqual(stack.kinds('api'), ['ready', 'died', 'ready']);
  // A log begins with its first line, which comes through a pipe: readiness may be seen before it.
  const logs = () =>
    readdirSync(join(podFolder(stack, 'journey_api-'), 'api'))
      .sort()
      .join();
  await until('each run has its log', () => logs() === '0.log,1.log');
  assert.equal(stack.supervisor.status.programs[0]?.restarts, 1);
  assert.equal(stack.supervisor.status.programs[1]?.restarts, 0);
});

test('a program that dies between two probes is told dead, not unready', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  const first = pidOf(stack, 'api');
  await stack.get('api', '/do/die-when-probed');
  await until('it is ready again', () => stateOf(stack, 'api') === 'ready' && findPid(stack, 'api') !== first);
  assert.deepEqual(stack.kinds('api'), ['ready', 'died', 'ready']);
});

test('a program that keeps dying is restarted with growing waits', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  for (let i = 0; i < 4; i++) {
    const before = pidOf(stack, 'api');
    process.kill(before, 'SIGKILL');
    await until('restarted', () => stateOf(stack, 'api') === 'ready' && findPid(stack, 'api') !== before);
  }
  const waits = stack.events.flatMap((e) => (e.kind === 'program' && e.event.kind === 'died' ? [e.event.delayMs] : []));
  assert.deepEqual(waits, [30, 60, 120, 240]);
});

test('a program that hangs is ended and started again', async (t) => {
  const stack = await startSupervisor(t, { timings: { probeTimeoutMs: 100 } });
  await stack.supervisor.ready;
  const first = pidOf(stack, 'api');
  process.kill(first, 'SIGSTOP');
  await until('it is noticed', () => stack.kinds('api').includes('hung'));
  process.kill(first, 'SIGCONT'); // or the grace period of 15 s must pass before SIGKILL
  await until('it is ready again', () => stateOf(stack, 'api') === 'ready' && findPid(stack, 'api') !== first);
  assert.ok(isGone(first));
});

test('a program that is alive but not ready is shown, not restarted', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  const pid = pidOf(stack, 'api');
  await stack.get('api', '/do/unready');
  await until('it is seen', () => stateOf(stack, 'api') === 'unready');
  assert.equal(stack.supervisor.status.programs[0]?.reason, '/readyz answered 503');
  assert.equal(pidOf(stack, 'api'), pid);
});

test('a refused configuration is not hammered: the program starts when the file changes', async (t) => {
  const root = tempFolder(t);
  const before = await startSupervisor(t, { root });
  await before.supervisor.stop();
  writeFileSync(before.folder.configFile('api'), 'broken: true\n');
  const stack = await startSupervisor(t, { root });
  await until('it is refused', () => stateOf(stack, 'api') === 'config-error');
  await until('the other one is ready all the same', () => stateOf(stack, 'log-collector') === 'ready');
  const told = stack.events.find((e) => e.kind === 'program' && e.event.kind === 'config-error');
  assert.ok(told?.kind === 'program' && told.event.kind === 'config-error');
  assert.match(told.event.reason ?? '', /'broken' in .*config\.yaml/);
  assert.equal(stack.kinds('api').length, 1, 'it was started again although nothing had changed');
  writeFileSync(stack.folder.configFile('api'), '# mended\n');
  await until('it starts', () => stateOf(stack, 'api') === 'ready');
});

test('stopping ends the clean-up, then the API, then the collector, each with its last words on disk', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  const run = stack.supervisor.runCleanup('request', 'expire'); // runs until it is told to stop
  await until('it runs', () => stack.lines.some(({ text }) => text.includes('job expire')));
  const pids = [pidOf(stack, 'api'), pidOf(stack, 'log-collector')];
  await stack.supervisor.stop();
  assert.equal((await run).exitCode, 0);
  const order = stack.lines.filter(({ text }) => text.includes('"stopping"')).map(({ program }) => program);
  assert.deepEqual(order, ['cleanup-job', 'api', 'log-collector']);
  for (const pid of pids) assert.ok(isGone(pid));
  for (const [prefix, name] of [
    ['journey_api-', 'api'],
    ['journey-node_log-collector-', 'log-collector'],
    ['journey_cleanup-job-', 'cleanup-job'],
  ] as const) {
    assert.match(readFileSync(join(podFolder(stack, prefix), name, '0.log'), 'utf8'), / stdout P last words\n$/);
  }
  assert.equal(existsSync(stack.folder.lockFile), false);
  await assert.rejects(stack.supervisor.runCleanup('request'), (e) => isJourneyError(e, 'stopping'));
});

test('an impatient stop kills what does not listen', async (t) => {
  const stack = await startSupervisor(t, { env: { FIXTURE_IGNORES_SIGTERM: 'true' } });
  await stack.supervisor.ready;
  const hurry = new AbortController();
  const stopped = stack.supervisor.stop(hurry.signal);
  hurry.abort();
  await stopped;
  assert.deepEqual(stack.kinds('api'), ['ready', 'killed']);
  assert.deepEqual(stack.kinds('log-collector'), ['ready', 'killed']);
});

test('stopping while a program waits for its restart, or is refused, does not wait', async (t) => {
  const stack = await startSupervisor(t, {
    timings: { backOff: { firstMs: 60_000, maxMs: 60_000, healthyMs: 60_000 } },
  });
  await stack.supervisor.ready;
  await stack.get('api', '/do/die');
  await until('it waits', () => stateOf(stack, 'api') === 'backing-off');
  await stack.supervisor.stop();
  assert.equal(stateOf(stack, 'api'), 'stopped');
});

test('a stop right after the start leaves no process', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.stop();
  const recorded = JSON.parse(readFileSync(stack.folder.processesFile, 'utf8')) as unknown[];
  assert.deepEqual(recorded, []);
});

test('a full disk is noticed before anything starts', async (t) => {
  if (!want(t, existsSync('/dev/full'), '/dev/full', 'run it on Linux')) return;
  const root = tempFolder(t);
  mkdirSync(join(root, 'run'));
  symlinkSync('/dev/full', join(root, 'run/.write-probe'));
  await assert.rejects(
    startSupervisor(t, { root }),
    (e) => isJourneyError(e, 'folder-not-writable') && /ENOSPC.*--dir/.test(e.message) && e.kind.exitCode === 73,
  );
});

test('a second instance in the same folder is refused with the pid of the first', async (t) => {
  const first = await startSupervisor(t);
  await assert.rejects(
    startSupervisor(t, { root: first.folder.root }),
    (e) =>
      isJourneyError(e, 'folder-in-use') && e.message.includes(`pid ${process.pid}`) && e.message.includes('--dir'),
  );
});

test('a lock whose owner is gone, or whose pid belongs to somebody else now, is taken over', async (t) => {
  for (const record of [
    '{"pid":2147483000,"socket":"x"}',
    `{"pid":${process.ppid},"start":"1","socket":"x"}`,
    '{"pi',
  ]) {
    const first = await startSupervisor(t);
    await first.supervisor.stop();
    writeFileSync(first.folder.lockFile, record);
    const second = await startSupervisor(t, { root: first.folder.root });
    await second.supervisor.stop();
  }
});

test('a taken port names its holder and the option; nothing has been started', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await until('it listens', () => holder.listening);
  const address = holder.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const root = tempFolder(t);
  for (const [stack, option] of [
    [{ port }, '--port'],
    [{ metricsPort: port }, '--metrics-port'],
  ] as const) {
    await assert.rejects(startSupervisor(t, { root, stack }), (e) => {
      assert.ok(isJourneyError(e, 'port-in-use'));
      assert.match(e.message, new RegExp(`Port ${port} .*\\(pid ${process.pid}\\).* ${option}\\.`));
      return true;
    });
  }
  assert.deepEqual(readdirSync(join(root, 'logs/pods')), []);
  assert.equal(existsSync(join(root, 'run/supervisor.json')), false, 'the folder was given back');
});

test('a port that the file moves is the one that is checked and probed', async (t) => {
  const root = tempFolder(t);
  const first = await startSupervisor(t, { root });
  const free = first.supervisor.status.programs[0]?.port;
  await first.supervisor.stop();
  writeFileSync(first.folder.configFile('api'), `server:\n  port: ${free}\n`);
  const second = await startSupervisor(t, { root, stack: { port: undefined } });
  await second.supervisor.ready;
  assert.equal(second.supervisor.status.programs[0]?.port, free);
});

test('clean-up runs are Pods of their own; three of each outcome are kept, with their logs', async (t) => {
  const stack = await startSupervisor(t);
  await stack.supervisor.ready;
  for (let i = 0; i < 4; i++) {
    const good = await stack.supervisor.runCleanup('request', 'report');
    assert.deepEqual([good.exitCode, good.summary?.counts['scanned']], [0, 7]);
    assert.equal((await stack.supervisor.runCleanup('request', 'unlink')).exitCode, 75);
  }
  const { runs } = stack.supervisor.status.cleanup;
  assert.deepEqual(
    runs.map((run) => run.exitCode),
    [75, 0, 75, 0, 75, 0],
  );
  const folders = () =>
    readdirSync(stack.folder.podLogs)
      .filter((name) => name.startsWith('journey_cleanup-job-'))
      .sort();
  await until('the logs of forgotten runs are gone', () => folders().length === 6);
  assert.deepEqual(folders(), runs.map((run) => `journey_${run.pod}_${run.podUid}`).sort());
});

test('two clean-ups never run at once', async (t) => {
  const stack = await startSupervisor(t);
  const first = stack.supervisor.runCleanup('request', 'expire');
  await assert.rejects(stack.supervisor.runCleanup('request'), (e) => isJourneyError(e, 'cleanup-running'));
  await stack.supervisor.stop();
  await first;
});

test('a clean-up that does not end is ended at its deadline', async (t) => {
  const stack = await startSupervisor(t, { timings: { jobDeadlineMs: 300 } });
  const run = await stack.supervisor.runCleanup('request', 'expire');
  assert.equal(run.summary, undefined);
  assert.equal(stack.supervisor.status.cleanup.running, undefined);
});

test('log folders of earlier starts are removed later, all but the last three of each program', async (t) => {
  const root = tempFolder(t);
  for (let i = 0; i < 4; i++) {
    const stack = await startSupervisor(t, { root, timings: { pruneAfterMs: 60_000 } });
    await stack.supervisor.ready;
    await stack.supervisor.stop();
  }
  const api = () => readdirSync(join(root, 'logs/pods')).filter((name) => name.startsWith('journey_api-'));
  assert.equal(api().length, 4);
  const stack = await startSupervisor(t, { root });
  await stack.supervisor.ready;
  await until('the oldest is gone', () => api().length === 4);
  assert.ok(api().some((name) => name.includes(stack.supervisor.status.programs[0]?.pod ?? '?')));
});
