import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../../i18n/messages.ts';
import type { ClusterContext } from '../cluster-provider.ts';
import { lockWhenFree } from './cluster-lock.ts';
import { compileDeadlineMs, compileGo, gcflags } from './compile-go.ts';
import { localMessages } from './messages.ts';
import type { Tools } from './tools.ts';
import { withHeartbeat } from './with-heartbeat.ts';

const kubernetesVersion = 'v1.34.4';

interface Recipe {
  readonly binary: string;
  readonly package: string;
  readonly ldflags: string;
}

const stripped = '-s -w';
const [major, minor] = kubernetesVersion.slice(1).split('.');
// Without these the API server calls itself v0.0.0-master and kubectl complains about skew.
const stamped = [
  stripped,
  `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  `-X k8s.io/component-base/version.gitMajor=${major}`,
  `-X k8s.io/component-base/version.gitMinor=${minor}`,
  `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
].join(' ');

const kubernetes = (binary: string): Recipe => ({
  binary,
  package: `k8s.io/kubernetes/cmd/${binary}`,
  ldflags: stamped,
});

const recipes: readonly Recipe[] = [
  { binary: 'pause', package: './pause', ldflags: stripped },
  { binary: 'forward', package: './forward', ldflags: stripped },
  { binary: 'etcd', package: 'go.etcd.io/etcd/server/v3', ldflags: stripped },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'].map(
    kubernetes,
  ),
  { binary: 'coredns', package: './coredns', ldflags: stripped },
  { binary: 'kube-router', package: './kube-router', ldflags: stripped },
  { binary: 'local-path-provisioner', package: 'github.com/rancher/local-path-provisioner', ldflags: stripped },
];

/**
 * One Go module for all of them, so that they agree on one version of what they share (client-go, gRPC …) and it is
 * compiled once instead of once for each.
 */
const module = fileURLToPath(new URL('programs', import.meta.url));

/** The compiled programs, kept between runs. */
export interface Binaries {
  readonly folder: string;
  path(binary: string): string;
}

/**
 * Folder of the programs for exactly these sources and recipes: a changed go.mod, flag or architecture is another
 * folder, so a cache can be stale but never wrong.
 */
export function binariesFolder(cacheFolder: string, arch: string): string {
  const hash = createHash('sha256').update(JSON.stringify({ recipes, gcflags, arch }));
  for (const file of readdirSync(module, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(module, file);
    if (statSync(path).isFile()) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return join(cacheFolder, hash.digest('hex').slice(0, 16), 'bin');
}

/** Programs that still have to be compiled. */
export function missingBinaries(folder: string): string[] {
  const sizes = readSizes(folder);
  return recipes.map(({ binary }) => binary).filter((binary) => !isWhole(folder, binary, sizes[binary]));
}

/**
 * Compiles what is missing, one program at a time, each put under its name only when it is whole: an interrupted
 * build goes on where it stopped.
 */
export async function ensureBinaries(
  folder: string,
  { context, tools }: { readonly context: ClusterContext; readonly tools: Tools },
): Promise<Binaries> {
  const binaries = { folder, path: (binary: string) => join(folder, binary) };
  if (missingBinaries(folder).length === 0) return binaries;
  mkdirSync(folder, { recursive: true });
  const lock = await lockWhenFree(join(folder, '..', 'build.lock'), 'bin', {
    // Whoever compiles does it for everybody.
    deadlineMs: compileDeadlineMs,
    signal: context.signal,
    onWait: (pid) => context.report(say(context.language, localMessages.waitingForCompiler, { pid })),
  });
  try {
    const missing = missingBinaries(folder);
    for (const leftover of readdirSync(folder).filter((name) => name.startsWith('.'))) {
      if (leftover !== sizesFile) rmSync(join(folder, leftover), { force: true });
    }
    for (const [index, binary] of missing.entries()) {
      const progress = { binary, index: index + 1, count: missing.length };
      context.report(say(context.language, localMessages.compiling, progress));
      await withHeartbeat(context, binary, () => build(binary, folder, tools));
    }
    return binaries;
  } finally {
    lock.release();
  }
}

async function build(binary: string, folder: string, tools: Tools): Promise<void> {
  const recipe = recipes.find((each) => each.binary === binary);
  if (recipe === undefined) return;
  const temporary = join(folder, `.${binary}.new`);
  await compileGo({ ...recipe, module, output: temporary }, tools);
  chmodSync(temporary, 0o755);
  const file = openSync(temporary, 'r');
  try {
    // Renamed but not yet on disk, a power cut would leave an empty file under the final name.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const sizes = { ...readSizes(folder), [binary]: statSync(temporary).size };
  renameSync(temporary, join(folder, binary));
  writeFileSync(join(folder, sizesFile), `${JSON.stringify(sizes, null, 2)}\n`);
}

/** Sizes of the whole programs, so that one cut short by a full disk or a copy is compiled again. */
const sizesFile = '.sizes.json';

function readSizes(folder: string): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(join(folder, sizesFile), 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}

function isWhole(folder: string, binary: string, size: number | undefined): boolean {
  const file = join(folder, binary);
  return size !== undefined && existsSync(file) && statSync(file).size === size;
}
