import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileOf, only, readV02 } from '../../stack/support/manifests.ts';
import { bundledMain } from '../../support/bundles.ts';
import { entrypoint } from '../../support/image-entrypoint.ts';
import { freePort } from '../../support/redis-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import type { Limited } from './limited.ts';
import type { Bench } from './run-collector.ts';

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

export interface DeployedOptions {
  /** Absent where none can be had: V8's limit is there all the same. */
  readonly cage: Limited | undefined;
  /** Where it asks for metadata. */
  readonly apiUrl: string;
  /** Each record, as it comes. */
  readonly onRecord: (line: string) => void;
}

export interface Deployed {
  readonly child: ChildProcess;
  /** Rejects, with its log, when it ends. */
  readonly died: Promise<never>;
  /** Its log so far. */
  said(): string;
  /** Waits until it runs and is ready; its address. */
  ready(): Promise<string>;
  /** The most it has had resident, with the pages of its program, in bytes. */
  mostResidentBytes(): number;
  /** The most it says it can come to use, in bytes. */
  statedBytes(): number;
}

/** The container as the DaemonSet has it. */
export function collectorContainer(): Container {
  const { spec } = only(readV02(), 'DaemonSet', 'log-collector') as unknown as {
    spec: { template: { spec: { containers: readonly Container[] } } };
  };
  return spec.template.spec.containers.find(({ name }) => name === 'log-collector') ?? assert.fail('no container');
}

/** How long its startup probe waits, in milliseconds. */
export function startupMs({ startupProbe }: Container): number {
  return startupProbe.periodSeconds * startupProbe.failureThreshold * 1_000;
}

/** The real program with the environment of the DaemonSet and the ConfigMap's configuration, within limits. */
export async function deployedCollector(
  t: TestContext,
  bench: Bench,
  { cage, apiUrl, onRecord }: DeployedOptions,
): Promise<Deployed> {
  const followPort = await freePort();
  const container = collectorContainer();
  const config = join(tempFolder(t), 'config.yaml');
  writeFileSync(config, fileOf(readV02(), 'log-collector-config', 'config.yaml'));
  const image = entrypoint('log-collector');
  const [file, ...args] = [...(cage?.enter ?? []), process.execPath, ...image.nodeFlags, bundledMain('log-collector')];
  const child = spawn(file as string, args, {
    // As in the image: nothing is compiled beforehand.
    env: {
      PATH: process.env['PATH'],
      ...image.env,
      ...Object.fromEntries(container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      JOURNEY_CONFIG_FILE: config,
      JOURNEY_METADATA_API_URL: apiUrl,
      JOURNEY_METADATA_TOKEN_FILE: '',
      NODE_NAME: 'node-1',
      JOURNEY_LOGS_ROOT: bench.root,
      JOURNEY_STATE_DIRECTORY: bench.state,
      JOURNEY_HTTP_HOST: '127.0.0.1',
      JOURNEY_HTTP_PORT: '0',
      JOURNEY_FOLLOW_PORT: String(followPort),
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
  const died = exited.then(([code, signal]) => assert.fail(`it ended with ${code ?? signal}: ${said}`));
  died.catch(() => undefined);
  createInterface({ input: child.stdout }).on('line', onRecord);
  return {
    child,
    died,
    said: () => said,
    async ready() {
      const limits = { timeoutMs: startupMs(container), everyMs: 20 };
      const address = await until('it runs', () => /"http":"([^"]+)"/.exec(said)?.[1], limits);
      await until('it is ready', async () => (await fetch(`http://${address}/readyz`)).ok, limits);
      return `http://${address}`;
    },
    mostResidentBytes: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1]) * 1_024,
    statedBytes: () => Number(/"memoryMaxBytes":(\d+)/.exec(said)?.[1]),
  };
}
