import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../../src/cluster/objects.ts';
import { startTestPod, testNamespace } from './in-cluster.ts';
import { podsOf } from './live-stack.ts';
import type { TestCluster } from './test-cluster.ts';

/** What came of one writer's lines. */
export interface Account {
  /** How many it says it has written; missing while its last words have not come. */
  readonly end?: number;
  /** Different lines that came. */
  readonly arrived: number;
  /** Runs of numbers that did not come: first and last. At most 20. */
  readonly gaps: readonly (readonly [number, number])[];
  /** Lines that came again; at least once is the promise. */
  readonly twice: number;
  /** Of those, the ones whose key (file and offset) differs, so that nobody could know them. */
  readonly unknownTwice: number;
  /** Lines that came after a later one. */
  readonly disordered: number;
  /** Lines with another text than was written. */
  readonly damaged: number;
}

/** A Loki in a Pod, as far as a collector can see, that knows what was sent to it. */
export interface LogReceiver {
  readonly url: string;
  account(): Promise<Readonly<Record<string, Account>>>;
  /** Refuses connections for so long. */
  goDown(seconds: number): Promise<void>;
  /** Takes back what was opened for it; its Pod goes with the namespace. */
  close(): Promise<void>;
}

const receiver = 'log-receiver';

/** Where NetworkPolicies close the collectors' namespace, whoever pushes has to open a way to the sink. */
const wayOut = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'push-logs', namespace: 'journey-node' },
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'log-collector' } },
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': testNamespace } } }],
        ports: [{ port: 3100 }],
      },
    ],
  },
};

export async function startLogReceiver(stack: TestCluster, node: string): Promise<LogReceiver> {
  const source = readFileSync(join(import.meta.dirname, 'log-receiver.mjs'), 'utf8');
  await startTestPod(stack, { name: receiver, node, args: ['--input-type=module', '--eval', source] });
  const { kubectl } = stack;
  await kubectl.run(['apply', '--filename', '-'], { input: JSON.stringify(wayOut) });
  const pod = await kubectl.json<Pod>(['--namespace', testNamespace, 'get', 'pod', receiver]);
  const ask = async (path: string) => {
    const proxy = `/api/v1/namespaces/${testNamespace}/pods/${receiver}:8081/proxy/${path}`;
    return JSON.parse(await kubectl.run(['get', '--raw', proxy], { deadlineMs: 30_000 }));
  };
  return {
    url: `http://${pod?.status.podIP}:3100/loki/api/v1/push`,
    account: () => ask('account'),
    goDown: (seconds) => ask(`down?seconds=${seconds}`),
    async close() {
      await kubectl.run(['delete', '--ignore-not-found', '--filename', '-'], { input: JSON.stringify(wayOut) });
    },
  };
}

/**
 * Source of a program that writes `count` numbered lines at a pace, then its last words; told to stop, it ends early, and
 * its last words say at which number.
 */
export const writerSource = `
const [writer, count, perSecond] = process.argv.slice(-3).map((text, i) => i === 0 ? text : Number(text));
const started = Date.now();
let n = 0;
let stopped = false;
process.on('SIGTERM', () => { stopped = true; });
const timer = setInterval(() => {
  const due = Math.min(count, (Date.now() - started) / 1000 * perSecond);
  let text = '';
  for (; n < due && !stopped; n++) text += 'acct ' + writer + ' ' + n + ' ' + 'padding-'.repeat(20) + n * 7919 + '\\n';
  if (n >= count || stopped) {
    clearInterval(timer);
    text += 'acct ' + writer + ' END ' + n + '\\n';
  }
  process.stdout.write(text);
}, 10);
`;

/** Bytes of a line of {@link writerSource} in a log file, CRI prefix included. */
export const lineBytes = { least: 200, most: 450 };

const lostBytes = /^journey_collector_lost_bytes_total\{reason="(\w+)"\} (\d+)$/gm;

/**
 * Bytes that all collectors have counted as lost since {@link LossWatch.begin}, by reason, across their restarts; look often, and
 * before a restart.
 */
export class LossWatch {
  readonly #stack: TestCluster;
  readonly #seen = new Map<string, ReadonlyMap<string, number>>();
  #before: Readonly<Record<string, number>> = {};

  private constructor(stack: TestCluster) {
    this.#stack = stack;
  }

  static async begin(stack: TestCluster): Promise<LossWatch> {
    const watch = new LossWatch(stack);
    await watch.look();
    watch.#before = watch.bytes;
    return watch;
  }

  async look(): Promise<void> {
    const pods = await podsOf(this.#stack, 'log-collector');
    await Promise.all(
      pods.map(async ({ metadata, status }) => {
        const path = `/api/v1/namespaces/journey-node/pods/${metadata.name}:9100/proxy/metrics`;
        const answer = await this.#stack.kubectl.try(['get', '--raw', path]);
        // One that is just being started has nothing to say yet, and is asked again.
        if (answer.exitCode !== 0) return;
        const reasons = new Map<string, number>();
        for (const [, reason = '', bytes] of answer.stdout.matchAll(lostBytes)) {
          reasons.set(reason, Number(bytes));
        }
        const restarts = status.containerStatuses?.[0]?.restartCount ?? 0;
        this.#seen.set(`${metadata.uid} ${restarts}`, reasons);
      }),
    );
  }

  get bytes(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const reasons of this.#seen.values()) {
      for (const [reason, bytes] of reasons) if (bytes > 0) sums[reason] = (sums[reason] ?? 0) + bytes;
    }
    for (const [reason, bytes] of Object.entries(this.#before)) {
      sums[reason] = (sums[reason] ?? 0) - bytes;
      if (sums[reason] === 0) delete sums[reason];
    }
    return sums;
  }
}
