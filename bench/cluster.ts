// What the stack costs on the cluster that `journey up` made: start to Ready and memory of every Pod, at rest and under
// load, against what the manifests ask for; requests per second through the Service.
// `node_modules/.bin/node bench/cluster.ts [--provider P] [--name N] [seconds]`
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { providerNames } from '../src/cluster/cluster-provider.ts';
import { Kubectl } from '../src/cluster/kubectl.ts';
import { findProvider } from '../src/cluster/select-provider.ts';
import { apiServicePort, stackNamespaces } from '../src/stack/stack-layout.ts';

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { provider: { type: 'string', default: 'auto' }, name: { type: 'string', default: 'journey' } },
  allowPositionals: true,
});
const seconds = positionals[0] ?? '20';
/** Until what was started a moment ago has done its garbage collection. */
const restMs = 30_000;

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName: string; readonly containers: readonly { readonly resources: Resources }[] };
  readonly status: {
    readonly phase: string;
    readonly startTime: string;
    readonly conditions: readonly { readonly type: string; readonly lastTransitionTime: string }[];
  };
}

interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/** Of the kubelet's /stats/summary. */
interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string };
    readonly memory?: { readonly workingSetBytes?: number };
  }[];
}

const choices = ['auto', ...providerNames] as const;
const provider = choices.find((name) => name === values.provider);
if (provider === undefined) throw new Error(`--provider is one of ${choices.join(', ')}, not ${values.provider}`);
const context = {
  language: 'en',
  env: process.env,
  home: homedir(),
  userId: process.getuid?.(),
  platform: process.platform,
  arch: process.arch,
  signal: new AbortController().signal,
  report: (line: string) => void process.stderr.write(`${line}\n`),
} as const;
const named = { kind: { name: values.name }, minikube: { profile: values.name }, local: { name: values.name } };
const cluster = await (await findProvider(provider, context, named))?.find();
if (cluster === undefined) throw new Error(`no cluster ${values.name} is up; npx journey up makes one`);
const kubectl = new Kubectl({ command: cluster.kubectl, ...context });

/** Mebibytes each Pod holds and cannot give back, as the kubelet sees it when it decides whom to evict. */
async function memory(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name } of (await cluster?.nodes()) ?? []) {
    const path = `/api/v1/nodes/${name}/proxy/stats/summary`;
    const { pods } = JSON.parse(await kubectl.run(['get', '--raw', path])) as Summary;
    for (const { podRef, memory } of pods) found.set(podRef.name, (memory?.workingSetBytes ?? 0) / 1_048_576);
  }
  return found;
}

/** Cores or mebibytes. */
const quantity = (text: string) => Number.parseFloat(text) / (text.endsWith('m') ? 1_000 : 1);

const lists = await Promise.all(
  stackNamespaces.map((name) => kubectl.json<{ items: Pod[] }>(['--namespace', name, 'get', 'pods'])),
);
const pods = lists.flatMap((list) => list?.items ?? []).filter(({ status }) => status.phase === 'Running');
await delay(restMs);
const atRest = await memory();

const { url } = await cluster.forward(apiServicePort);
const load = spawnSync(
  process.execPath,
  [join(root, 'bin/journey.mjs'), 'load', '--url', url, '--seconds', seconds, '--json'],
  { encoding: 'utf8' },
);
if (load.status !== 0) throw new Error(`journey load: ${load.stderr}`);
// The kubelet looks every ten seconds.
const loaded = await memory();
await delay(10_000);
for (const [name, used] of await memory()) loaded.set(name, Math.max(used, loaded.get(name) ?? 0));

const rows = pods.map(({ metadata: { name }, spec, status }) => {
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
  const [{ resources }] = spec.containers as [{ readonly resources: Resources }];
  return {
    pod: name,
    'start to Ready, s': (Date.parse(ready) - Date.parse(status.startTime)) / 1_000,
    'request, m': quantity(resources.requests.cpu) * 1_000,
    'request, Mi': quantity(resources.requests.memory),
    'limit, Mi': quantity(resources.limits.memory),
    'at rest, Mi': Math.round(atRest.get(name) ?? 0),
    'under load, Mi': Math.round(loaded.get(name) ?? 0),
  };
});
console.table(rows);
const sum = (column: keyof (typeof rows)[number]) => rows.reduce((all, row) => all + Number(row[column]), 0);
console.log(
  `requests ${sum('request, m')}m, ${sum('request, Mi')}Mi in sum; at rest ${sum('at rest, Mi')} Mi, under load ${sum('under load, Mi')} Mi`,
);
const { perSecond, generatorLoad } = JSON.parse(load.stdout) as { perSecond: number; generatorLoad: number };
console.log(
  `${Math.round(perSecond)} requests per second through the Service by way of a NodePort; the load program took ${Math.round(generatorLoad * 100)} % of a core`,
);
