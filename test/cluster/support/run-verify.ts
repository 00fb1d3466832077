import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../../stack/support/manifests.ts';
import type { TestCluster } from './test-cluster.ts';

export interface VerifyReport {
  readonly checks: readonly { readonly id: string; readonly status: string; readonly actual?: string }[];
  readonly durationMs: number;
}

/** `journey verify` as a person would run it. */
export async function runVerify(
  { kubectl: { command }, env }: TestCluster,
  ...more: string[]
): Promise<{ readonly code: number | null; readonly report: VerifyReport }> {
  const args = ['verify', '--kubectl', command.file, ...command.args, '--output', 'json', ...more];
  const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  // Passed on: the test runner takes silence for a hang.
  child.stderr.setEncoding('utf8').on('data', (text: string) => void process.stdout.write(text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, report: JSON.parse(stdout) as VerifyReport };
}
