import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { quantity } from '../stack/rules/view.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until } from '../support/until.ts';
import { collectorContainer, deployedCollector, startupMs } from './support/deployed-collector.ts';
import { limited } from './support/limited.ts';
import { node } from './support/run-collector.ts';

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
  const container = collectorContainer();
  const { limits } = container.resources;
  const memory = quantity(limits.memory);
  const cage = limited(t, quantity(limits.cpu), memory);
  if (typeof cage === 'string') return t.skip(cage);
  const bench = node(t);
  const containers = Array.from(
    { length: pods },
    (_, i) => new FakeContainer({ ...bench, pod: `flood-${i}`, uid: `u${i}` }),
  );
  const seen = containers.map(() => new Uint8Array(rounds * linesARound));
  const faults: string[] = [];
  let received = 0;
  let lastAt = 0;
  const onRecord = (line: string) => {
    const [, n, pod] = /"log":"seq=(\d+) .*"pod":"flood-(\d)"/.exec(line) ?? assert.fail(line);
    const of = seen[Number(pod)] as Uint8Array;
    if (of[Number(n)] === 1) faults.push(`flood-${pod}: seq=${n} twice`);
    if (Number(n) > 0 && of[Number(n) - 1] === 0) faults.push(`flood-${pod}: seq=${n} before ${Number(n) - 1}`);
    of[Number(n)] = 1;
    received++;
    lastAt = performance.now();
  };
  const started = performance.now();
  // Nobody answers there: the client is loaded, and records go on.
  const collector = await deployedCollector(t, bench, { cage, apiUrl: 'http://127.0.0.1:9', onRecord });
  const { child } = collector;
  const url = await collector.ready();
  const { livenessProbe } = container;
  const startMs = performance.now() - started;

  let flooding = true;
  const probes: number[] = [];
  const probing = (async () => {
    while (flooding) {
      const at = performance.now();
      await fetch(`${url}/livez`).then((answer) => answer.text());
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
  const page = await (await fetch(`${url}/metrics`)).text();
  const stated = collector.statedBytes();
  const resident = collector.mostResidentBytes();
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
  const patienceMs = startupMs(container);
  assert.ok(startMs < patienceMs / 2, `ready after ${startMs} ms; the startup probe gives up after ${patienceMs} ms`);
  assert.ok(slow < livenessProbe.failureThreshold, `${slow} answers of /livez came too late: ${probes}`);
});
