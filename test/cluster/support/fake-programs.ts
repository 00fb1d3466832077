import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterContext } from '../../../src/cluster/cluster-provider.ts';

/** What a program answers to a command line that starts with `when`. The first that fits counts. */
export interface Replay {
  readonly when: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

export interface FakePrograms {
  readonly context: ClusterContext;
  readonly home: string;
  readonly reported: string[];
  /** Sets what the programs answer from now on. */
  replay(...replays: readonly Replay[]): void;
  /** Command lines since the last call, as typed, with what was written to standard input. */
  calls(): { line: string; input: string }[];
  remove(): void;
}

const script = `
const { readFileSync, appendFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const folder = dirname(__filename);
const line = [basename(__filename), ...process.argv.slice(2)].join(' ');
const input = readFileSync(0, 'utf8');
appendFileSync(join(folder, 'calls.jsonl'), JSON.stringify({ line, input }) + '\\n');
const replay = JSON.parse(readFileSync(join(folder, 'replay.json'), 'utf8')).find((each) => line.startsWith(each.when));
if (!replay) { process.stderr.write('nothing recorded for: ' + line + '\\n'); process.exit(99); }
process.stdout.write(replay.stdout ?? '');
process.stderr.write(replay.stderr ?? '');
process.exitCode = replay.exitCode ?? 0;
`;

/**
 * Programs on a PATH of their own that write down how they were called and answer what real ones were recorded to
 * answer: the adapters' only contact with the world is a command line, and this is its other end.
 */
export function fakePrograms(names: readonly string[], platform = 'linux'): FakePrograms {
  const folder = mkdtempSync(join(tmpdir(), 'journey-fake-'));
  for (const name of names) {
    writeFileSync(join(folder, name), `#!${process.execPath}\n${script}`);
    chmodSync(join(folder, name), 0o755);
  }
  const log = join(folder, 'calls.jsonl');
  const reported: string[] = [];
  return {
    home: folder,
    reported,
    context: {
      language: 'en',
      env: { PATH: folder },
      home: folder,
      userId: 1000,
      platform,
      arch: 'x64',
      signal: new AbortController().signal,
      report: (line) => void reported.push(line),
    },
    replay: (...replays) => writeFileSync(join(folder, 'replay.json'), JSON.stringify(replays)),
    calls: () => {
      if (!existsSync(log)) return [];
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      rmSync(log);
      return lines.map((line) => JSON.parse(line) as { line: string; input: string });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const node = (name: string, ready: boolean) => ({
  metadata: { name },
  status: {
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status: ready ? 'True' : 'Unknown' },
    ],
    nodeInfo: { kubeletVersion: 'v1.34.0' },
  },
});

/** `kubectl get nodes --output json`. */
export const nodeList = (...nodes: readonly (readonly [name: string, ready: boolean])[]) =>
  JSON.stringify({ kind: 'List', items: nodes.map(([name, ready]) => node(name, ready)) });

/** `kubectl get service … --output json`. */
export const nodePortService = JSON.stringify({
  kind: 'Service',
  spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30080, targetPort: 8080 }] },
});
