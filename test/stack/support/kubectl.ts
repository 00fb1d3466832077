import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { binariesFolder } from '../../../src/cluster/local/binaries.ts';
import { localCacheFolder } from '../../../src/cluster/local/local-provider.ts';
import { Kubectl } from '../../../src/stack/kubectl.ts';

/** kubectl on PATH, or the one a local cluster was made with. */
export function findKubectl(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'));
  const own = join(binariesFolder(localCacheFolder(homedir()), process.arch), 'kubectl');
  return [...onPath, own].find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return existsSync(file);
    } catch {
      return false;
    }
  });
}

/** kubectl without a cluster, for `kubectl kustomize`; `undefined` when the test was skipped. */
export function offlineKubectl(t: TestContext): Kubectl | undefined {
  const file = findKubectl();
  if (file === undefined) {
    // Also on CI: no distribution has one that is new enough, and the local cluster's own takes minutes to build.
    t.skip('needs kubectl; install it, or run: npx journey up --provider local');
    return undefined;
  }
  const { signal } = new AbortController();
  return new Kubectl({ command: { file, args: [] }, env: process.env, signal });
}
