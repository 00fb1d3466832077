import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../../i18n/messages.ts';
import type { ClusterContext, ImageArchive } from '../cluster-provider.ts';
import { preflightError } from '../preflight-error.ts';
import { lockWhenFree } from './cluster-lock.ts';
import { localMessages } from './messages.ts';
import { removeLeftovers } from './mounts.ts';
import { preflightProblem } from './preflight-problems.ts';
import { createTools, findSystemProgram } from './tools.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface BaseImageOptions {
  /** Folder that keeps the archive; see `localCacheFolder`. */
  readonly cacheFolder: string;
  /** Debian packages beyond the minimal system. */
  readonly packages?: readonly string[];
  readonly suite?: string;
  /** Debian mirror; debootstrap's default otherwise. */
  readonly mirror?: string;
}

export const baseImageReference = 'localhost/debian-base:12';

/** Debian's minimal system is 100 MB to fetch. */
const debootstrapDeadlineMs = 15 * 60_000;

/**
 * A stand-in for public base images where no registry can be reached: Debian's minimal system and some packages, as
 * an OCI archive. Made once for each choice of packages (about half a minute), then taken from the cache.
 * `buildah from oci-archive:FILE` starts an image from it.
 * @throws JourneyError `cluster-preflight` when debootstrap or buildah is not installed.
 */
export async function ensureBaseImage(context: ClusterContext, options: BaseImageOptions): Promise<ImageArchive> {
  const { cacheFolder, packages = ['ca-certificates'], suite = 'bookworm', mirror } = options;
  const recipe = JSON.stringify([[...packages].sort(), suite, context.arch]);
  const key = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const folder = join(cacheFolder, 'base');
  const archive = { file: join(folder, `debian-${suite}-${key}.tar`), reference: baseImageReference };
  if (existsSync(archive.file)) return archive;

  const lacking = ['debootstrap', 'buildah'].filter((name) => findSystemProgram(name, context.env) === undefined);
  if (lacking.length > 0) {
    const install = `apt-get install -y --no-install-recommends ${lacking.join(' ')}`;
    const problems = [preflightProblem('packages', { what: lacking.join(', ') }, install)];
    throw preflightError('local', problems, context.language);
  }
  mkdirSync(folder, { recursive: true });
  const lock = await lockWhenFree(join(folder, `${key}.lock`), 'base', {
    deadlineMs: debootstrapDeadlineMs,
    signal: context.signal,
    onWait: (pid) => context.report(say(context.language, localMessages.waitingForCompiler, { pid })),
  });
  if (existsSync(archive.file)) {
    lock.release();
    return archive;
  }
  const tools = createTools(context);
  await removeLeftovers(folder, `${key}.`, tools);
  const work = mkdtempSync(join(folder, `${key}.`));
  try {
    context.report(say(context.language, localMessages.buildingBase, { image: baseImageReference }));
    // Its own image store, as in images.ts; `overlay` here because a whole system is copied with every `vfs` layer.
    const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'overlay'];
    const buildah = (...args: string[]) => tools.run('buildah', [...store, ...args], { deadlineMs: 300_000 });
    const container = (await buildah('from', 'scratch')).trim();
    const root = (await buildah('mount', container)).trim();
    try {
      const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
      const args = ['--variant=minbase', ...include, suite, root, ...(mirror === undefined ? [] : [mirror])];
      await withHeartbeat(context, 'debootstrap', () => {
        return tools.run('debootstrap', args, { deadlineMs: debootstrapDeadlineMs });
      });
      // Package files and lists: a third of the size, and of no use without a network.
      for (const rest of ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log']) {
        rmSync(join(root, rest), { recursive: true, force: true });
        mkdirSync(join(root, rest));
      }
    } finally {
      await tools.try('buildah', [...store, 'umount', container]);
    }
    await buildah('commit', '--quiet', container, baseImageReference);
    await buildah('push', '--quiet', baseImageReference, `oci-archive:${work}/image.tar:${baseImageReference}`);
    renameSync(join(work, 'image.tar'), archive.file);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
    lock.release();
  }
}
