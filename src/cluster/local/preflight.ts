import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterContext, Problem } from '../cluster-provider.ts';
import { missingBinaries } from './binaries.ts';
import { cgroupRoots } from './cgroups.ts';
import { isStatic } from './images.ts';
import { preflightProblem } from './preflight-problems.ts';
import { createTools, findSystemProgram } from './tools.ts';

export interface PreflightOptions {
  /** Where the cluster's files will be. */
  readonly folder: string;
  readonly binariesFolder: string;
  readonly nodes: number;
}

/** Programs a cluster needs, with the Debian and Ubuntu package that has each. */
const programs: readonly (readonly [program: string, package_: string])[] = [
  ['containerd', 'containerd'],
  ['ctr', 'containerd'],
  ['containerd-shim-runc-v2', 'containerd'],
  ['runc', 'runc'],
  ['buildah', 'buildah'],
  // For the images of the stack; better missed now than when the cluster is up.
  ['debootstrap', 'debootstrap'],
  ['iptables', 'iptables'],
  ['ipset', 'ipset'],
  ['ip', 'iproute2'],
  ['openssl', 'openssl'],
  ['nsenter', 'util-linux'],
  ['unshare', 'util-linux'],
  ['mount', 'mount'],
  ['hostname', 'hostname'],
];

const cniFolders = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const cniPlugins = ['bridge', 'host-local', 'loopback', 'portmap'];

/** The folder that has the CNI plugins, which distributions cannot agree on. */
export function findCniBinaries(): string | undefined {
  return cniFolders.find((folder) => cniPlugins.every((plugin) => existsSync(join(folder, plugin))));
}

const oldestGo = [1, 25] as const;
const gib = 1024 ** 3;
/** Compiled programs 0.7 GB, Go's modules and build cache 4.3 GB. */
const compileDiskBytes = 6 * gib;
const clusterDiskBytes = 2 * gib;
/** Measured: control plane 0.7 GB, a node 0.2 GB; some room for what will run on it. */
const memoryBytes = (nodes: number) => (1 + 0.3 * nodes) * gib;

/** Everything that stands in the way, at once, each with its way out. Changes nothing on the machine. */
export async function preflight(context: ClusterContext, options: PreflightOptions): Promise<readonly Problem[]> {
  if (context.platform !== 'linux') return [preflightProblem('notLinux', { platform: context.platform })];
  const tools = createTools(context);
  const problems: Problem[] = [];
  if (context.userId !== 0) problems.push(preflightProblem('notRoot', {}, 'sudo -E npx journey up --provider local'));

  problems.push(...packageProblems(context));
  const toCompile = missingBinaries(options.binariesFolder);
  if (toCompile.length > 0) problems.push(...(await goProblems(tools, toCompile.length)));

  const disk = (folder: string, needed: number) => {
    const free = freeBytes(folder);
    if (free < needed)
      problems.push(preflightProblem('disk', { folder, free: gigabytes(free), needed: gigabytes(needed) }));
  };
  disk(options.folder, clusterDiskBytes);
  if (toCompile.length > 0) disk(options.binariesFolder, compileDiskBytes);
  const memory = availableMemory();
  const needed = memoryBytes(options.nodes);
  if (memory < needed) {
    problems.push(
      preflightProblem('memory', { free: gigabytes(memory), needed: gigabytes(needed), nodes: options.nodes }),
    );
  }
  problems.push(...folderProblems(options.folder));
  if (context.userId === 0) problems.push(...(await kernelProblems(tools)));
  return problems;
}

function packageProblems(context: ClusterContext): Problem[] {
  const missing = new Map<string, string[]>();
  const miss = (package_: string, program: string) => {
    missing.set(package_, [...(missing.get(package_) ?? []), program]);
  };
  for (const [program, package_] of programs) {
    if (findSystemProgram(program, context.env) === undefined) miss(package_, program);
  }
  if (findCniBinaries() === undefined)
    miss('containernetworking-plugins', `${cniFolders[0]}/{${cniPlugins.join(',')}}`);
  const busybox = findSystemProgram('busybox', context.env);
  if (busybox === undefined || !isStatic(busybox)) miss('busybox-static', 'busybox (static)');
  if (missing.size === 0) return [];
  const names = [...missing.keys()];
  const what = [...missing].map(([package_, files]) => `${package_} (${files.join(', ')})`).join('; ');
  // Package names are Debian's; elsewhere they are a hint, and the programs in parentheses are what counts.
  const apt = findSystemProgram('apt-get', context.env) !== undefined;
  const fix = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
  return [preflightProblem('packages', { what }, apt ? fix : undefined)];
}

async function goProblems(tools: ReturnType<typeof createTools>, count: number): Promise<Problem[]> {
  const [major, minor] = oldestGo;
  const wanted = `${major}.${minor}`;
  if (findSystemProgram('go', tools.env) === undefined)
    return [preflightProblem('noGo', { wanted, count }, 'https://go.dev/dl/')];
  const answer = await tools.try('go', ['env', 'GOVERSION', 'GOTOOLCHAIN'], { cwd: '/' });
  const match = /go(\d+)\.(\d+)/.exec(answer.stdout);
  const present = match?.[0] ?? '?';
  const enough = Number(match?.[1]) > major || (Number(match?.[1]) === major && Number(match?.[2]) >= minor);
  return enough ? [] : [preflightProblem('oldGo', { present, wanted }, 'https://go.dev/dl/')];
}

/** Folders the nodes hide behind their own, and file systems that cannot hold container layers. */
function folderProblems(folder: string): Problem[] {
  if (/^\/(run|var\/run|var\/log|proc|sys|dev)(\/|$)/.test(folder))
    return [preflightProblem('folderHidden', { folder })];
  const type = statfsSync(existing(folder)).type;
  // overlayfs and NFS: an overlay's upper layer cannot be on them.
  return type === 0x794c7630 || type === 0x6969 ? [preflightProblem('folderOverlay', { folder })] : [];
}

async function kernelProblems(tools: ReturnType<typeof createTools>): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (findSystemProgram('unshare', tools.env) !== undefined) {
    const made = await tools.try('unshare', ['--net', '--mount', '--uts', 'true']);
    if (made.exitCode !== 0) problems.push(preflightProblem('noNamespaces', { reason: made.stderr.trim() }));
  }
  const roots = cgroupRoots();
  const writable = (folder: string) => {
    try {
      accessSync(folder, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  if (roots.length === 0 || !roots.every(writable)) problems.push(preflightProblem('noCgroups', {}));
  const modules = [
    ['overlay', /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))],
    ['br_netfilter', existsSync('/proc/sys/net/bridge')],
  ] as const;
  const absent = modules.filter(([, present]) => !present).map(([name]) => name);
  if (absent.length > 0) {
    problems.push(preflightProblem('modules', { modules: absent.join(', ') }, `modprobe -a ${absent.join(' ')}`));
  }
  return problems;
}

function availableMemory(): number {
  const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(existing(folder));
  return bavail * bsize;
}

/** The folder or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

function gigabytes(bytes: number): string {
  return (bytes / gib).toFixed(1);
}
