import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { root } from '../stack/support/manifests.ts';
import { freePort } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { changeCollectorConfig } from './support/collector-config.ts';
import { killCollector } from './support/collector-on.ts';
import {
  deleteTestPod,
  makeTestNamespace,
  removeTestNamespace,
  startTestPod,
  testNamespace,
} from './support/in-cluster.ts';
import { liveStack, podsOf } from './support/live-stack.ts';
import { writerSource } from './support/log-ledger.ts';
import type { TestCluster } from './support/test-cluster.ts';

const slow = { timeoutMs: 120_000, everyMs: 200 };
let prepared: TestCluster | undefined;

after(async () => {
  if (prepared !== undefined) await removeTestNamespace(prepared);
});

interface Shown {
  next: number;
  end: number | undefined;
  readonly wrong: string[];
}

test('logs --cluster --follow shows every line of two nodes once and in order, through rotation, killed and replaced collectors, and the deletion of the Pods', {
  timeout: 10 * 60_000,
}, async (t) => {
  const stack = await liveStack(t);
  if (stack === undefined) return;
  await makeTestNamespace(stack);
  prepared = stack;
  const [first = '', second = ''] = (await podsOf(stack, 'log-collector'))
    .map(({ spec }) => spec.nodeName ?? '')
    .sort();

  const args = ['logs', '--cluster', '--follow', '-n', '10000', '--namespace', testNamespace, 'follow'];
  const command = [join(root, 'bin/journey.mjs'), ...args, ...stack.options, '--lang', 'en'];
  const follower = spawn(process.execPath, command, { env: stack.env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => follower.kill('SIGKILL'));
  const shown = new Map<string, Shown>();
  createInterface({ input: follower.stdout }).on('line', (line) => {
    const [, writer = '', number = '', rest = ''] = /^acct (\S+) (END|\d+) (.*)$/.exec(line) ?? [];
    const one = shown.get(writer) ?? { next: 0, end: undefined, wrong: [] };
    shown.set(writer, one);
    if (number === 'END') one.end = Number(rest);
    else if (Number(number) === one.next) one.next++;
    else {
      if (one.wrong.length < 10) one.wrong.push(`${number} instead of ${one.next}`);
      one.next = Math.max(one.next, Number(number) + 1);
    }
  });
  const said: string[] = [];
  createInterface({ input: follower.stderr }).on('line', (line) => said.push(line));

  const writers = [
    ['follow-first', first],
    ['follow-second', second],
  ] as const;
  for (const [name, node] of writers) {
    // Some 120 KB a second: a new file of 1 MiB every nine seconds.
    const spec = { terminationGracePeriodSeconds: 30 };
    await startTestPod(stack, { name, node, args: ['--eval', writerSource, '--', name, '1e9', '600'], spec });
  }
  const reach = (lines: number) =>
    until(`${lines} lines of each`, () => writers.every(([name]) => (shown.get(name)?.next ?? 0) >= lines), slow);
  try {
    await reach(6_000);
    await killCollector(t, stack, first);
    const [other] = (await podsOf(stack, 'log-collector')).filter(({ spec }) => spec.nodeName === second);
    await stack.kubectl.run(['--namespace', 'journey-node', 'delete', 'pod', other?.metadata.name ?? '']);
    await reach((shown.get('follow-second')?.next ?? 0) + 12_000);
    for (const [name] of writers) await deleteTestPod(stack, name);
    await until('the last words', () => writers.every(([name]) => shown.get(name)?.end !== undefined), slow);
  } catch (error) {
    throw new Error(`${error}\n${JSON.stringify([...shown])}\n${said.slice(-20).join('\n')}`);
  }
  follower.kill('SIGINT');
  assert.deepEqual(await once(follower, 'exit'), [130, null], said.join('\n'));
  for (const [name] of writers) {
    const { next, end, wrong } = shown.get(name) ?? {};
    t.diagnostic(`${name}: ${next} lines of ${end}, ${wrong?.length} out of place`);
    assert.deepEqual([next, wrong], [end, []], said.join('\n'));
  }
  assert.match(said.join('\n'), new RegExp(`${first}: reached again after`));
});

test('a changed ConfigMap redacts what comes next, on every node, without a restart; explain names the rule', {
  timeout: 5 * 60_000,
}, async (t) => {
  const stack = await liveStack(t);
  if (stack === undefined) return;
  const { kubectl } = stack;
  await makeTestNamespace(stack);
  prepared = stack;
  const collectors = () => podsOf(stack, 'log-collector');
  const before = await collectors();
  const nodes = before.map(({ spec }) => spec.nodeName ?? '').sort();
  const source = "let n = 0; setInterval(() => console.log('turn', n++, 'password=hunter2 end'), 100)";
  const names = nodes.map((node) => `redact-${node}`);
  await Promise.all(
    names.map((name, i) => startTestPod(stack, { name, node: nodes[i] ?? '', args: ['--eval', source] })),
  );

  const args = ['logs', '--cluster', '--follow', '--where', '--namespace', testNamespace, 'redact'];
  const command = [join(root, 'bin/journey.mjs'), ...args, ...stack.options, '--lang', 'en'];
  const follower = spawn(process.execPath, command, { env: stack.env, stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => follower.kill('SIGKILL'));
  const last = new Map<string, string>();
  createInterface({ input: follower.stdout }).on('line', (line) => {
    const name = names.find((each) => line.includes(each));
    if (name !== undefined) last.set(name, line);
  });
  const all = (text: string) => names.every((name) => last.get(name)?.includes(text));
  await until('the secret of every Pod', () => all('password=hunter2 end'), slow);

  const restore = await changeCollectorConfig(
    stack,
    (config) => config.setIn(['records', 'redact'], ['password=(?<secret>\\S+)']),
    { restart: false },
  );
  try {
    await until('no secret of any Pod', () => all('password=[redacted] end'), slow);
    const port = await freePort();
    const [one] = before;
    const forward = ['--namespace', 'journey-node', 'port-forward', `pod/${one?.metadata.name}`, `${port}:9100`];
    const { file, args } = kubectl.command;
    const forwarding = spawn(file, [...args, ...forward], { env: stack.env, stdio: 'ignore' });
    t.after(() => forwarding.kill());
    const url = `http://127.0.0.1:${port}`;
    const reloads = /^journey_config_reloads_total\{[^}]*result="applied"[^}]*\} 1$/m;
    await until(
      'the metrics',
      async () =>
        reloads.test(
          await fetch(`${url}/metrics`).then(
            (answer) => answer.text(),
            () => '',
          ),
        ),
      slow,
    );
    const line = '2026-11-25T06:00:00.000000001Z stdout F password=hunter2 end';
    const explain = [join(root, 'bin/journey.mjs'), 'logs', 'explain', line, '--collector', url, '--lang', 'en'];
    const explained = spawnSync(process.execPath, explain, { encoding: 'utf8', timeout: 30_000 });
    assert.equal(explained.status, 0, explained.stderr);
    assert.match(explained.stdout, /password=\[redacted\] end/);
    assert.ok(explained.stdout.includes('password=(?<secret>\\S+)'), explained.stdout);
  } finally {
    await restore();
    for (const name of names) await deleteTestPod(stack, name);
  }
  const restarts = (pods: typeof before) =>
    pods.map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses?.[0]?.restartCount}`).sort();
  assert.deepEqual(restarts(await collectors()), restarts(before));
});
