import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { say } from '../../i18n/messages.ts';
import type { ClusterContext, ImageArchive } from '../cluster-provider.ts';
import type { Binaries } from './binaries.ts';
import { lockWhenFree } from './cluster-lock.ts';
import { localMessages } from './messages.ts';
import { removeLeftovers } from './mounts.ts';
import { findSystemProgram, type ToolOptions, type Tools } from './tools.ts';

/** Images the cluster itself needs; everything in them was compiled here or comes from the machine. */
const systemImages = ['localhost/pause:1', 'localhost/coredns:1', 'localhost/busybox:1'] as const;

interface ImageSources {
  readonly context: ClusterContext;
  readonly tools: Tools;
  readonly binaries: Binaries;
}

/** Archives of {@link systemImages}, made once beside the binaries they are made of. */
export async function ensureSystemImages(sources: ImageSources): Promise<ImageArchive[]> {
  const folder = join(sources.binaries.folder, '..', 'images');
  mkdirSync(folder, { recursive: true });
  const wanted = systemImages.map((reference) => {
    const name = reference.replace(/^localhost\//, '').replace(/:.*$/, '');
    return { name, reference, file: join(folder, `${name}-${recipeHash(name)}.tar`) };
  });
  const missing = () => wanted.filter(({ file }) => !existsSync(file));
  if (missing().length === 0) return wanted;
  const { context, tools } = sources;
  const lock = await lockWhenFree(join(folder, 'build.lock'), 'images', {
    deadlineMs: 120_000,
    signal: context.signal,
    onWait: (pid) => context.report(say(context.language, localMessages.waitingForCompiler, { pid })),
  });
  try {
    await removeLeftovers(folder, workPrefix, tools);
    for (const { name, reference, file } of missing()) await buildImage(name, reference, file, sources);
    return wanted;
  } finally {
    lock.release();
  }
}

const workPrefix = 'work-';

async function buildImage(name: string, reference: string, file: string, sources: ImageSources): Promise<void> {
  const { context, tools, binaries } = sources;
  context.report(say(context.language, localMessages.buildingImage, { image: reference }));
  const work = mkdtempSync(join(dirname(file), workPrefix));
  try {
    const root = join(work, 'root');
    if (name === 'busybox') layOutBusybox(root, findSystemProgram('busybox', tools.env) ?? 'busybox');
    else {
      mkdirSync(root);
      copyFileSync(binaries.path(name), join(root, name));
    }
    const start = name === 'busybox' ? 'CMD ["/bin/sh"]' : `ENTRYPOINT ["/${name}"]`;
    writeFileSync(join(work, 'Dockerfile'), `FROM scratch\nCOPY root /\n${start}\n`);
    // An image store of its own: the user's (/var/lib/containers) is left alone, and it goes with the work folder.
    const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    await tools.run('buildah', [...store, 'build', '--isolation', 'chroot', '--quiet', '--tag', reference, work]);
    await tools.run('buildah', [...store, 'push', '--quiet', reference, `oci-archive:${work}/image.tar:${reference}`]);
    renameSync(join(work, 'image.tar'), file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Applets that the storage helper, probes and people's experiments use. Not `wget`: Debian's static build crashes in it
 * where the C library's name-service modules are missing, as in every small image (exit code 139).
 */
const applets =
  'sh ash cat chmod chown cp date df dd du echo env false find grep head hostname httpd id ip kill ln ls mkdir mktemp mv nc netstat nslookup ping printf ps pwd readlink rm rmdir sed seq sha256sum sleep sort stat sync tail tar tee test time timeout top touch tr true uname vi wc which xargs yes';

/** Binaries have a folder for each version; what is put around them is told apart by this. */
function recipeHash(name: string): string {
  return createHash('sha256').update(`${name} ${applets}`).digest('hex').slice(0, 8);
}

function layOutBusybox(root: string, busybox: string): void {
  for (const folder of ['bin', 'etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const applet of applets.split(' ')) symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
}

/** Whether a busybox needs no libraries, which an image of nothing else does not have. */
export function isStatic(file: string): boolean {
  // A dynamic program names its loader (PT_INTERP) right after its headers.
  return !/\/ld-(linux|musl)|\/ld64/.test(readFileSync(file).subarray(0, 4096).toString('latin1'));
}

/** Runs `ctr` in one node. */
export type Ctr = (args: readonly string[], options: Partial<ToolOptions>) => Promise<string>;

/** Imports the archives whose images the node does not have. */
export async function importImages(archives: readonly ImageArchive[], ctr: Ctr, always = false): Promise<void> {
  const listed = await ctr(['--namespace', 'k8s.io', 'images', 'list', '--quiet'], { deadlineMs: 20_000 });
  const present = new Set(listed.split('\n'));
  for (const { file, reference } of archives) {
    if (!always && present.has(reference)) continue;
    // As standard input: the node need not see the folder the file is in.
    const options = { inputFile: file, deadlineMs: 300_000 };
    await ctr(['--namespace', 'k8s.io', 'images', 'import', '--all-platforms=false', '-'], options);
  }
}
