import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantity } from '../stack/rules/view.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until } from '../support/until.ts';
import { apiPod, type Size } from './support/api-pods.ts';
import { collectorContainer, deployedCollector } from './support/deployed-collector.ts';
import { FakeApiServer } from './support/fake-api-server.ts';
import { limited } from './support/limited.ts';
import { node } from './support/run-collector.ts';

const pods = 500;
const sizeOf = (i: number): Size => (i % 100 === 7 ? 'biggest' : i % 5 === 0 ? 'annotated' : 'usual');
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

test('500 Pods, some as big as the API server takes, are listed and followed within the memory of the DaemonSet', async (t) => {
  const memory = quantity(collectorContainer().resources.limits.memory);
  // Its CPU is another test's; here it would only take longer.
  const made = limited(t, 1, memory);
  const cage = typeof made === 'string' ? undefined : made;
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  api.pageSize = pods;
  api.expiredContinues = 1;
  const put = (i: number, app: string) =>
    api.put(apiPod({ uid: `u${i}`, labels: { app: `${app}-${i}`, team: 'crowd' }, size: sizeOf(i) }));
  for (let i = 0; i < pods; i++) put(i, 'first');
  const containers = Array.from(
    { length: pods },
    (_, i) => new FakeContainer({ ...bench, pod: `many-${i}`, uid: `u${i}` }),
  );
  /** By what was said and by whom: application and owner, as the record has them. */
  const heard = new Map<string, Map<string, string>>();
  const collector = await deployedCollector(t, bench, {
    cage,
    apiUrl: api.url,
    onRecord(line) {
      const { log, kubernetes } = JSON.parse(line);
      const of = heard.get(log) ?? new Map();
      heard.set(log, of.set(kubernetes.uid, `${kubernetes.labels?.app} of ${kubernetes.owner?.name}`));
    },
  });
  await collector.ready();
  const { died } = collector;
  const soon = <T>(what: string, condition: () => T) =>
    Promise.race([until(what, condition, { timeoutMs: 120_000, everyMs: 50 }), died]);
  /** Each container says something: what its records say of their Pod. */
  const allSay = async (what: string, app: string) => {
    for (const each of containers) each.write(what);
    await soon(what, () => heard.get(what)?.size === pods);
    const wrong = [...(heard.get(what) ?? [])].filter(([uid, said]) => said !== `${app}-${uid.slice(1)} of many`);
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${pods}`);
  };

  await soon('the watch', () => api.watches === 1);
  await allSay('listed', 'first');
  const listed = collector.mostResidentBytes();

  for (let i = 0; i < pods; i++) put(i, 'second');
  // What was sent last has been taken when it shows.
  const last = containers[pods - 1] as FakeContainer;
  await soon('the last change', () => {
    last.write('poke');
    return heard
      .get('poke')
      ?.get(`u${pods - 1}`)
      ?.startsWith('second');
  });
  await allSay('watched', 'second');

  api.interrupt(() => {
    for (let i = 0; i < pods; i++) put(i, 'third');
  });
  await soon('the watch again', () => api.watches === 1);
  await allSay('listed anew', 'third');

  const resident = collector.mostResidentBytes();
  const stated = collector.statedBytes();
  t.diagnostic(
    `resident at most ${mib(resident)} (${mib(listed)} after the list), of ${mib(stated)} stated; ${cage === undefined ? made : `peak of the cgroup ${mib(cage.peakBytes())} of ${mib(memory)}`}`,
  );
  assert.ok(resident < stated, `${resident} bytes resident, ${stated} stated`);
  assert.ok(stated <= memory, `${stated} bytes stated, of ${memory}`);
  if (cage !== undefined) assert.ok(cage.peakBytes() < memory, `${cage.peakBytes()} of ${memory} bytes`);
});
