import { homedir } from 'node:os';
import { delimiter } from 'node:path';
import type { TestContext } from 'node:test';
import { Kubectl } from '../../src/cluster/kubectl.ts';
import { binariesFolder } from '../../src/cluster/local/binaries.ts';
import { localCacheFolder } from '../../src/cluster/local/local-provider.ts';
import { findProgram } from '../../src/cluster/programs.ts';
import { want } from './want.ts';

export const howToGetKubectl = 'install it, or run once: npx journey up --provider local';

/** kubectl on PATH, or the one a local cluster was made with. */
export function findKubectl(): string | undefined {
  const own = binariesFolder(localCacheFolder(homedir()), process.arch);
  return findProgram('kubectl', { ...process.env, PATH: [process.env['PATH'], own].join(delimiter) });
}

/** kubectl without a cluster, for `kubectl kustomize`; `undefined` when the test was skipped. */
export function offlineKubectl(t: TestContext): Kubectl | undefined {
  const file = findKubectl();
  if (!want(t, file !== undefined, 'kubectl', howToGetKubectl) || file === undefined) return undefined;
  const { signal } = new AbortController();
  return new Kubectl({ command: { file, args: [] }, env: process.env, signal });
}
