import { changeCollectorConfig } from './collector-config.ts';
import { deleteTestPod, startTestPod, testNamespace } from './in-cluster.ts';
import { podsOf } from './live-stack.ts';
import type { TestCluster } from './test-cluster.ts';

export interface NumberedLines {
  /** Where they are written, and collected. */
  readonly node: string;
  /** How many different lines the collector has delivered so far. */
  arrived(): Promise<number>;
  account(): Promise<Account>;
  /** Puts the collector back as it was. */
  stop(): Promise<void>;
}

export interface Account {
  /** Numbers that never came. */
  readonly missing: readonly number[];
  /** Lines that came with another text than was written. */
  readonly damaged: readonly string[];
  /** How many came more than once: at least once is the promise. */
  readonly twice: number;
  /** Files of the writer's log besides the one being written. */
  readonly rotations: number;
}

const stateFolder = '/var/lib/journey/log-collector';
const writer = 'lines';
const reader = 'lines-reader';

/** The text of line n: long enough for the file to rotate, and such that a byte lost or moved shows. */
const lineSource = `const line = (n) => 'line ' + n + ' ' + (String(n * 7919) + '-').repeat(60).slice(0, 260);`;

const writeSource = `${lineSource}
const [count, perSecond] = process.argv.slice(-2).map(Number);
const started = Date.now();
let n = 0;
const timer = setInterval(() => {
  const due = Math.min(count, (Date.now() - started) / 1000 * perSecond);
  while (n < due) console.log(line(n++));
  if (n >= count) clearInterval(timer);
}, 10);
`;

const readSource = `${lineSource}
const fs = require('node:fs');
const count = Number(process.argv.at(-1));
const seen = new Map();
const damaged = [];
let text = '';
try { text = fs.readFileSync('/state/records.jsonl', 'utf8'); } catch {}
for (const row of text.split('\\n')) {
  if (!row.includes('"${writer}"') || !row.endsWith('}')) continue;
  const { log, kubernetes } = JSON.parse(row);
  if (kubernetes.pod !== '${writer}') continue;
  const n = Number(/^line (\\d+) /.exec(log)?.[1]);
  if (log !== line(n)) damaged.push(log);
  seen.set(n, (seen.get(n) ?? 0) + 1);
}
const missing = Array.from({ length: count }, (_, n) => n).filter((n) => !seen.has(n));
const twice = [...seen.values()].filter((times) => times > 1).length;
const files = fs.globSync('/logs/${testNamespace}_${writer}_*/*/*');
const result = { arrived: seen.size, missing: missing.slice(0, 50), damaged: damaged.slice(0, 10), twice, rotations: files.length - 1 };
console.log(JSON.stringify(result));
`;

/**
 * Lets the collectors write their records into a file of the node, which outlives them (their stdout goes with the Pod),
 * and starts a Pod that writes numbered lines.
 */
export async function watchNumberedLines(
  stack: TestCluster,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<NumberedLines> {
  const { kubectl } = stack;
  const [pod] = await podsOf(stack, 'log-collector');
  const node = pod?.spec.nodeName ?? '';
  const restoreConfig = await changeCollectorConfig(stack, (config) => {
    config.setIn(['sink', 'kind'], 'file');
    config.setIn(['sink', 'file'], { path: `${stateFolder}/records.jsonl`, maxBytes: 0 });
  });

  const hostPath = (name: string, path: string) => ({ name, hostPath: { path } });
  const mount = (name: string, mountPath: string) => ({ name, mountPath });
  await startTestPod(stack, {
    name: reader,
    node,
    args: ['--eval', 'setInterval(() => {}, 1e9); process.on("SIGTERM", () => process.exit())'],
    security: { runAsUser: 0, runAsNonRoot: false },
    mounts: [mount('state', '/state'), mount('logs', '/logs')],
    spec: { volumes: [hostPath('state', stateFolder), hostPath('logs', '/var/log/pods')] },
  });
  await startTestPod(stack, {
    name: writer,
    node,
    args: ['--eval', writeSource, '--', String(count), String(perSecond)],
  });

  const inReader = (source: string) =>
    kubectl.run(['--namespace', testNamespace, 'exec', reader, '--', 'node', '--eval', source, '--', String(count)]);
  const read = async () => JSON.parse(await inReader(readSource)) as Account & { readonly arrived: number };
  return {
    node,
    arrived: async () => (await read()).arrived,
    account: read,
    async stop() {
      await deleteTestPod(stack, writer);
      await restoreConfig();
      await inReader(`for (const file of fs.globSync('/state/records.jsonl*')) fs.rmSync(file);`);
      await deleteTestPod(stack, reader);
    },
  };
}
