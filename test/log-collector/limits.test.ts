import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { quantity } from '../stack/rules/view.ts';
import { fileOf, only, readV02 } from '../stack/support/manifests.ts';
import { bundledMain } from '../support/bundles.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { freePort } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { limited } from './support/limited.ts';
import { node } from './support/run-collector.ts';

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: Readonly<Record<'cpu' | 'memory', string>> };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly timeoutSeconds?: number;
}

/** The container as the DaemonSet has it. */
function manifest(): Container {
  const { spec } = only(readV02(), 'DaemonSet', 'log-collector') as unknown as {
    spec: { template: { spec: { containers: readonly Container[] } } };
  };
  return spec.template.spec.containers.find(({ name }) => name === 'log-collector') ?? assert.fail('no container');
}

const pods = 3;
const linesARound = 10_000;
const rounds = 5;
/** Lines of 216 bytes, as benchmarks of log collectors have them. */
const pad = ` ${'x'.repeat(160)}`;

/** User and system time of a process (proc(5), `stat`), in seconds. */
function cpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) / 100;
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

test('within the limits of the DaemonSet it starts in time, and a flood with rotations comes whole, once, at a rate', async (t) => {
  const container = manifest();
  const { limits } = container.resources;
  const memory = quantity(limits.memory);
  const cage = limited(t, quantity(limits.cpu), memory);
  if (typeof cage === 'string') return t.skip(cage);
  const bench = node(t);
  const config = join(tempFolder(t), 'config.yaml');
  writeFileSync(config, fileOf(readV02(), 'log-collector-config', 'config.yaml'));
  const containers = Array.from(
    { length: pods },
    (_, i) => new FakeContainer({ ...bench, pod: `flood-${i}`, uid: `u${i}` }),
  );
  const [file, ...args] = [...cage.enter, process.execPath, bundledMain('log-collector')];
  const started = performance.now();
  // As in the image: nothing is compiled beforehand.
  const child = spawn(file as string, args, {
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      JOURNEY_CONFIG_FILE: config,
      // Nobody answers there: the client is loaded, and records go on.
      JOURNEY_METADATA_API_URL: 'http://127.0.0.1:9',
      JOURNEY_METADATA_TOKEN_FILE: '',
      NODE_NAME: 'node-1',
      JOURNEY_LOGS_ROOT: bench.root,
      JOURNEY_STATE_DIRECTORY: bench.state,
      JOURNEY_HTTP_HOST: '127.0.0.1',
      JOURNEY_HTTP_PORT: '0',
      JOURNEY_FOLLOW_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const seen = containers.map(() => new Uint8Array(rounds * linesARound));
  const faults: string[] = [];
  let received = 0;
  let lastAt = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, n, pod] = /"log":"seq=(\d+) .*"pod":"flood-(\d)"/.exec(line) ?? assert.fail(line);
    const of = seen[Number(pod)] as Uint8Array;
    if (of[Number(n)] === 1) faults.push(`flood-${pod}: seq=${n} twice`);
    if (Number(n) > 0 && of[Number(n) - 1] === 0) faults.push(`flood-${pod}: seq=${n} before ${Number(n) - 1}`);
    of[Number(n)] = 1;
    received++;
    lastAt = performance.now();
  });
  const { startupProbe, livenessProbe } = container;
  const startupMs = startupProbe.periodSeconds * startupProbe.failureThreshold * 1_000;
  const url = await until('it runs', () => /"http":"([^"]+)"/.exec(said)?.[1], { timeoutMs: startupMs, everyMs: 20 });
  await until('it is ready', async () => (await fetch(`http://${url}/readyz`)).ok, {
    timeoutMs: startupMs,
    everyMs: 20,
  });
  const startMs = performance.now() - started;

  let flooding = true;
  const probes: number[] = [];
  const probing = (async () => {
    while (flooding) {
      const at = performance.now();
      await fetch(`http://${url}/livez`).then((answer) => answer.text());
      probes.push(performance.now() - at);
      await delay(500);
    }
  })();
  const begun = performance.now();
  const cpuBefore = cpuSeconds(child.pid);
  for (let round = 0; round < rounds; round++) {
    for (const each of containers) each.writeSequence(round * linesARound, linesARound, pad);
    // Never so far ahead that the kubelet would have to delete what is unread, never so little that it could rest.
    const due = round * linesARound * pods;
    await until('it keeps up', () => received >= due - linesARound, { timeoutMs: 300_000, everyMs: 20 });
    for (const each of containers) await each.rotate();
  }
  const sent = rounds * linesARound * pods;
  await until('all of it', () => received >= sent, { timeoutMs: 300_000, everyMs: 20 });
  const seconds = (lastAt - begun) / 1_000;
  // What the quota alone would allow: a machine that is busy with other things gives less than that.
  const sustained = (sent / (cpuSeconds(child.pid) - cpuBefore)) * quantity(limits.cpu);
  flooding = false;
  await probing;
  const page = await (await fetch(`http://${url}/metrics`)).text();
  const stated = Number(/"memoryMaxBytes":(\d+)/.exec(said)?.[1]);
  const resident = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1]) * 1_024;
  const slow = probes.filter((ms) => ms > (livenessProbe.timeoutSeconds ?? 1) * 1_000).length;
  t.diagnostic(
    `${limits.cpu} CPU, ${limits.memory}: ready after ${(startMs / 1_000).toFixed(1)} s, ${Math.round(sustained)} lines/s by CPU time, ` +
      `${Math.round(sent / seconds)} by the clock, ` +
      `peak ${mib(cage.peakBytes())}, resident with the program's own pages ${mib(resident)}, stated ${mib(stated)}, /livez ≤ ${Math.max(...probes).toFixed(0)} ms, ` +
      `throttled in ${(cage.throttled() * 100).toFixed(0)} % of the periods`,
  );
  assert.deepEqual(faults.slice(0, 10), []);
  assert.deepEqual(
    seen.map((of) => of.indexOf(0)),
    containers.map(() => -1),
    'each line of each container',
  );
  assert.equal(received, sent);
  assert.deepEqual(
    [...page.matchAll(/^journey_collector_lost_bytes_total\{.*\} ([^0]\d*)$/gm)].map(([line]) => line),
    [],
  );
  assert.ok(cage.peakBytes() < memory, `${cage.peakBytes()} of ${memory} bytes`);
  assert.ok(stated <= memory, `${stated} bytes stated, of ${memory}`);
  assert.ok(resident < stated, `${resident} bytes resident, ${stated} stated`);
  assert.equal(cage.limitHits(), 0, 'the memory limit was never reached');
  assert.ok(startMs < startupMs / 2, `ready after ${startMs} ms; the startup probe gives up after ${startupMs} ms`);
  assert.ok(slow < livenessProbe.failureThreshold, `${slow} answers of /livez came too late: ${probes}`);
});
