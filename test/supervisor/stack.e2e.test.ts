import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { planCluster } from '../../src/cluster/local/cluster-plan.ts';
import { ClusterState } from '../../src/cluster/local/cluster-state.ts';
import { bootId, readProcess } from '../../src/cluster/local/proc.ts';
import type { StackStatus } from '../../src/supervisor/control/protocol.ts';
import { until } from '../support/until.ts';
import { want } from '../support/want.ts';
import { freshCopy, StackProcess } from './stack-process.ts';

const programOf = (status: StackStatus, name: string) => {
  const program = status.programs.find((p) => p.name === name);
  assert.ok(program?.pid !== undefined && program.port !== undefined);
  return { ...program, pid: program.pid, url: `http://127.0.0.1:${program.port}` };
};
const post = (url: string, body: unknown) =>
  fetch(`${url}/api/v1/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a newcomer: start, look around, stop, start again, and the data is still there', async (t) => {
  const folder = freshCopy(t);
  const stack = new StackProcess(t, folder);
  const bundles = join(folder, '.cache/bundles');
  mkdirSync(join(bundles, 'old'), { recursive: true });
  mkdirSync(join(bundles, 'new.2147483000.draft'));
  symlinkSync('/nonexistent', join(bundles, 'dangling'));
  const wantCommand = (t: TestContext) => want(t, existsSync('/proc/self/cmdline'), '/proc', 'run it on Linux');
  /** How the API was started; empty where that cannot be told. */
  const commandOf = (status: StackStatus) =>
    existsSync('/proc/self/cmdline') ? readFileSync(`/proc/${programOf(status, 'api').pid}/cmdline`, 'utf8') : '';
  const first = await stack.start([], { LANG: 'zh_CN.UTF-8' });
  const api = programOf(first, 'api');
  const collector = programOf(first, 'log-collector');

  await t.test('the welcome is in the language of the terminal, plain in a pipe, with what to try', () => {
    assert.match(stack.stderr, /正在运行/);
    assert.match(stack.stderr, new RegExp(`curl 'http://localhost:${api.port}/api/v1/hello\\?name=Ada'`));
    assert.match(stack.stderr, /Ctrl-C/);
    assert.ok(!stack.stderr.includes('\u001b'), 'escape codes in a pipe');
    assert.equal(stack.stdout, '', 'the programs’ logs are not for the terminal');
    assert.match(readFileSync(join(stack.folder, '.journey/config/api/config.yaml'), 'utf8'), /监听端口/);
  });

  await t.test('every endpoint answers', async () => {
    for (const path of [
      '/health',
      '/livez',
      '/ready',
      '/readyz',
      '/metrics',
      '/api/v1/hello?name=Ada',
      '/api/v1/info',
      '/api/v1/data',
      '/api/v1/cache/test',
      '/api/v1/cache/stats',
      '/api/v1/config',
      '/api/v1/cleanup/runs',
      '/openapi.json',
      '/docs',
    ]) {
      const answer = await fetch(`${api.url}${path}`);
      await answer.text();
      assert.equal(answer.status, 200, path);
    }
    for (const path of ['/livez', '/readyz', '/metrics', '/streams']) {
      const answer = await fetch(`${collector.url}${path}`);
      await answer.text();
      assert.equal(answer.status, 200, path);
    }
  });

  await t.test('what is written can be read', async () => {
    assert.equal((await post(api.url, { key: 'greeting', value: { hello: '世界' } })).status, 201);
    const read = await fetch(`${api.url}/api/v1/data/greeting`);
    assert.deepEqual(((await read.json()) as { value: unknown }).value, { hello: '世界' });
  });

  await t.test('the clean-up runs on demand, in the running stack, and the API knows of it', async () => {
    const { code, stdout } = stack.run(['cleanup', '--json', '--mode', 'unlink']);
    assert.equal(code, 0);
    const run = JSON.parse(stdout) as { pod: string; summary: { mode: string; outcome: string } };
    assert.deepEqual([run.summary.mode, run.summary.outcome], ['unlink', 'done']);
    const runs = await (await fetch(`${api.url}/api/v1/cleanup/runs`)).json();
    assert.match(JSON.stringify(runs), /"mode":"unlink"/);
    assert.match(stack.run(['status', '--dir', '.journey']).stdout, /cleanup-job .*unlink done/);
  });

  await t.test('logs of the API and the clean-up come out of the collector with the right metadata', async () => {
    const find = (container: string, text: string) =>
      until(`a record of ${container} with ${text}`, () =>
        stack.records().find((r) => r.kubernetes['container'] === container && r.log.includes(text)),
      );
    const request = await find('api', '/api/v1/hello');
    assert.equal(request.kubernetes['namespace'], 'journey');
    assert.equal(request.kubernetes['pod'], api.pod);
    const cleanup = await find('cleanup-job', 'clean-up finished');
    assert.match(String(cleanup.kubernetes['pod']), /^cleanup-job-[a-z0-9]{5}$/);
    assert.ok(!stack.records().some((r) => r.kubernetes['container'] === 'log-collector'), 'it collected itself');
  });

  await t.test('the first start runs the sources, and makes bundles for the next one', async (t) => {
    // Whole, and in the place of those of earlier sources and of a builder that is gone.
    const names = () => readdirSync(bundles);
    await until(
      'these bundles alone are there',
      () => names().length === 1 && /^[0-9a-f]{16}$/.test(`${names()}`),
      60_000,
    );
    assert.ok(readFileSync(join(bundles, `${names()}`, 'api/main.js')).length > 1_000);
    if (wantCommand(t)) assert.match(commandOf(first), /src\/api\/main\.ts/);
  });

  await t.test('Ctrl-C stops in order and the collector ships the API’s last words', async () => {
    assert.equal(await stack.stop('SIGINT'), 0);
    assert.match(stack.stderr, /正在停止 api[\s\S]*正在停止 log-collector[\s\S]*已停止/);
    for (const { pid } of [api, collector]) assert.ok(!stack.isRunning(pid));
    const last = stack.records().filter((r) => r.kubernetes['container'] === 'api');
    assert.match(last.at(-1)?.log ?? '', /"msg":"stopped"/);
  });

  let secondCommand = '';
  await t.test('the second start has the data, and the collector repeats nothing', async () => {
    const before = stack.records().length;
    const second = await stack.start();
    const { url } = programOf(second, 'api');
    const read = await fetch(`${url}/api/v1/data/greeting`);
    assert.equal(read.status, 200);
    await read.text();
    secondCommand = commandOf(second);
    await until('the new API’s lines are collected', () => stack.records().length > before);
    await stack.stop('SIGTERM');
    const seen = stack.records().map((r) => JSON.stringify([r.kubernetes['uid'], r.log]));
    assert.equal(new Set(seen).size, seen.length, 'a line came out twice');
    const strange = stack.records().filter((r) => r.kubernetes['container'] === 'log-collector');
    assert.deepEqual(strange, [], 'it collected what its predecessor had written');
  });

  await t.test('the second start ran the bundles', (t) => {
    if (wantCommand(t)) assert.match(secondCommand, /\.cache\/bundles\/[0-9a-f]{16}\/api\/main\.js/);
  });

  await t.test('a changed source runs as it is', async (t) => {
    if (!wantCommand(t)) return;
    appendFileSync(join(folder, 'src/api/main.ts'), '// changed\n');
    assert.match(commandOf(await stack.start()), /src\/api\/main\.ts/);
    await stack.stop();
  });
});

test('killed programs, and a killed supervisor', async (t) => {
  const stack = new StackProcess(t);
  let status = await stack.start();

  await t.test('a program that is killed comes back', async () => {
    for (const name of ['api', 'log-collector']) {
      const { pid } = programOf(status, name);
      process.kill(pid, 'SIGKILL');
      await until(`${name} is missed`, () => stack.stderr.includes(`${name} ended (signal SIGKILL)`));
      status = await stack.ready();
      assert.notEqual(programOf(status, name).pid, pid);
    }
    assert.deepEqual(
      status.programs.map((p) => p.restarts),
      [1, 1],
    );
  });

  await t.test('what a killed supervisor leaves behind ends, and its lock is healed', async () => {
    const pids = status.programs.map((p) => programOf(status, p.name).pid);
    await stack.stop('SIGKILL');
    await until('the programs have followed their supervisor', () => !pids.some((pid) => stack.isRunning(pid)), 30_000);
    status = await stack.start();
  });

  await t.test('programs stopped in their tracks when it was killed are ended by the next start', async () => {
    const pids = status.programs.map((p) => programOf(status, p.name).pid);
    // They cannot follow: they do not even see the channel close.
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await stack.stop('SIGKILL');
    assert.ok(pids.every((pid) => stack.isRunning(pid)));
    await stack.start();
    assert.ok(!pids.some((pid) => stack.isRunning(pid)));
    assert.match(stack.stderr, /ended 2 program\(s\)/);
  });

  await t.test('SIGHUP stops it in order', async () => assert.equal(await stack.stop('SIGHUP'), 0));
});

test('while a stack runs', async (t) => {
  const stack = new StackProcess(t);
  const status = await stack.start();
  const { port, pid } = programOf(status, 'api');

  await t.test('what is wrong at another start is said in one go, with the way out and an exit code', () => {
    const refused = stack.run(['start']);
    assert.equal(refused.code, 69);
    assert.match(refused.stderr, new RegExp(`pid ${status.pid}\\).*--dir`));
    const taken = stack.run(['start', '--dir', 'other', '--port', String(port)]);
    assert.equal(taken.code, 69);
    assert.match(taken.stderr, new RegExp(`${port}.*held by .*node.*pid ${pid}.*--port`));
    writeFileSync(join(stack.folder, 'a-file'), '');
    const unwritable = stack.run(['start', '--dir', 'a-file']);
    assert.equal(unwritable.code, 73);
    assert.match(unwritable.stderr, /a-file: .*not a directory.*--dir/i);
  });

  await t.test('a cluster that is broken or half made is one line beside it, and hides nothing', async (t) => {
    if (!want(t, existsSync('/proc/self/stat'), '/proc', 'run it on Linux')) return;
    const clusters = join(stack.folder, 'clusters');
    const env = { JOURNEY_CLUSTERS_DIR: 'clusters' };
    const file = join(clusters, 'journey/state.json');
    const state = ClusterState.create(file, {
      plan: planCluster({ name: 'journey', nodes: 1 }),
      bootId: bootId(),
      programs: 'none',
    });
    const alive = readProcess(process.pid);
    assert.ok(alive !== undefined);
    const cases = [
      ['nothing was started yet', {}, /local cluster journey: stopped; start it again: npx journey up/],
      ['etcd was, the rest was not', { etcd: alive }, /local cluster journey: .*kube-apiserver, forward-api missing/],
      [
        'all was, and the keys are gone',
        { etcd: alive, 'kube-apiserver': alive, 'forward-api': alive },
        /cluster: cannot be asked \(ENOENT.*repair it: npx journey up .* npx journey status --dir/,
      ],
      ['its record is damaged', undefined, /cannot be asked \(The record of the cluster is damaged: /],
    ] as const;
    for (const [what, processes, line] of cases) {
      if (processes === undefined) writeFileSync(file, '{');
      else state.update({ processes });
      // On a machine so busy that a probe was late, a program is unready until the next, and status says that.
      await stack.ready();
      const { code, stdout } = stack.run(['status'], env);
      assert.equal(code, 0, what);
      if (processes !== undefined && !('forward-api' in processes)) {
        const down = stack.run(['down', '--keep-cluster'], env);
        assert.equal(down.code, 3, `${what}: a stack on it would still be there`);
        assert.match(down.stderr, /No cluster journey of local runs/);
      }
      assert.match(stdout, /^ {2}✔ api .*ready/m, what);
      const last = stdout.trimEnd().split('\n\n').at(-1) ?? '';
      assert.match(last, line, what);
      assert.ok(!last.includes('\n'), last);
      const json = stack.run(['status', '--json'], env);
      const both = JSON.parse(json.stdout) as { machine: StackStatus; cluster: object };
      assert.deepEqual([json.code, both.machine.pid], [0, status.pid], what);
    }
    // The same choice. It stops at the bad option that comes after it: whose the API at the default address is, is unknown.
    const load = stack.run(['load', '--connections', '999999'], env);
    assert.match(load.stderr, /999999/);
    assert.match(load.stderr, /The cluster is left out \(The record of the cluster is damaged: .*this machine’s stack/);
    const named = stack.run(['status', '--cluster'], env);
    assert.deepEqual([named.code, named.stdout], [74, '']);
  });

  await t.test(
    'a second Ctrl-C ends at once what the first waits for; npm’s echo of the first is not one',
    async () => {
      // A request that never comes to its end: the API would wait for it.
      const socket = connect(port ?? 0, '127.0.0.1');
      t.after(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.write(
        'POST /api/v1/data HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
      );
      await until('the API has seen it', () => socket.bytesWritten > 0 && !socket.pending);
      process.kill(stack.pid, 'SIGINT');
      process.kill(stack.pid, 'SIGINT');
      const asked = performance.now();
      await until('it stops', () => stack.stderr.includes('stopping api'));
      await until('the echo is over', () => performance.now() - asked > 600);
      assert.ok(stack.isRunning(stack.pid) && stack.isRunning(pid), 'the echo ended it at once');
      assert.equal(await stack.stop('SIGINT'), 130);
      assert.match(stack.stderr, /api did not stop in time and was killed[\s\S]*Ended at once/);
      assert.ok(!stack.isRunning(pid));
    },
  );
});
