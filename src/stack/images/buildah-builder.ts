import { copyFileSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBaseImage } from '../../cluster/local/base-image.ts';
import { findSystemProgram } from '../../cluster/local/tools.ts';
import { runCommand, tryCommand } from '../../cluster/run-command.ts';
import {
  type BuildContext,
  type BuildOptions,
  buildDeadlineMs,
  type ImageBuilder,
  type ImageRecipe,
} from './image-builder.ts';

/** What the stages of our Dockerfiles take from Debian: Node's libraries, certificates, strip, Redis. */
const packages = ['ca-certificates', 'libstdc++6', 'libatomic1', 'binutils', 'redis-server'];

/**
 * Builds without Docker and without a registry: buildah, a base image from Debian's packages, and the Node binary that
 * is here already. Needs root. Keeps an image store of its own in the cache folder and leaves the system's alone.
 */
export class BuildahBuilder implements ImageBuilder {
  readonly name = 'buildah';
  readonly #context: BuildContext;
  #store: readonly string[] | undefined;

  constructor(context: BuildContext) {
    this.#context = context;
  }

  async build(recipe: ImageRecipe, archive: string, { fresh = false }: BuildOptions = {}): Promise<void> {
    const { reference, dockerfile, target, context, contexts } = recipe;
    const base = await this.#ensureBase();
    const all = { ...contexts, node: this.#nodeFolder() };
    await this.#run([
      ...['build', '--isolation', 'chroot', '--timestamp', '0', '--quiet', fresh ? '--no-cache' : '--layers'],
      ...['--file', dockerfile, '--tag', reference],
      ...(target === undefined ? [] : ['--target', target]),
      ...['--build-arg', `NODE_IMAGE=${base}`, '--build-arg', `BASE_IMAGE=${base}`],
      ...Object.entries(all).flatMap(([name, folder]) => ['--build-context', `${name}=${folder}`]),
      context,
    ]);
    await this.#run(['push', '--quiet', reference, `oci-archive:${archive}:${reference}`]);
  }

  async tidy(): Promise<void> {
    await this.#try(['rm', '--all']);
  }

  async push(reference: string, archive: string): Promise<void> {
    await this.#run(['pull', '--quiet', `oci-archive:${archive}`]);
    await this.#run(['push', '--quiet', reference, `docker://${reference}`]);
  }

  /** Puts the base image into our store. @returns its name there, which changes with what is in it. */
  async #ensureBase(): Promise<string> {
    const { env, cacheFolder } = this.#context;
    const mirror = env['JOURNEY_DEBIAN_MIRROR'];
    const options = { cacheFolder, packages, ...(mirror === undefined || mirror === '' ? {} : { mirror }) };
    const { file, reference } = await ensureBaseImage(this.#context, options);
    const name = `localhost/journey-base:${/-([0-9a-f]+)\.tar$/.exec(file)?.[1] ?? 'latest'}`;
    if ((await this.#try(['inspect', '--type', 'image', name])) === 0) return name;
    await this.#run(['pull', '--quiet', `oci-archive:${file}`]);
    await this.#run(['tag', reference, name]);
    return name;
  }

  /** The Node binary at the place where the public image has it. */
  #nodeFolder(): string {
    const { cacheFolder, nodeBinary } = this.#context;
    const folder = join(cacheFolder, 'node');
    const file = join(folder, 'usr/local/bin/node');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'usr/local/bin'), { recursive: true });
    try {
      linkSync(nodeBinary, file);
    } catch {
      // Another file system.
      copyFileSync(nodeBinary, file);
    }
    return folder;
  }

  async #run(args: readonly string[]): Promise<string> {
    const { env, signal } = this.#context;
    const store = await this.#openStore();
    return runCommand('buildah', [...store, ...args], { env, signal, deadlineMs: buildDeadlineMs });
  }

  async #try(args: readonly string[]): Promise<number> {
    const { env, signal } = this.#context;
    const store = await this.#openStore();
    return (await tryCommand('buildah', [...store, ...args], { env, signal, deadlineMs: 60_000 })).exitCode;
  }

  /** Options that name our store. The overlay driver needs a file system that carries it; vfs copies, and works anywhere. */
  async #openStore(): Promise<readonly string[]> {
    if (this.#store !== undefined) return this.#store;
    const { env, signal } = this.#context;
    const overlay = this.#storeOptions('overlay');
    const probe = await tryCommand('buildah', [...overlay, 'info'], { env, signal, deadlineMs: 60_000 });
    this.#store = probe.exitCode === 0 ? overlay : this.#storeOptions('vfs');
    return this.#store;
  }

  #storeOptions(driver: 'overlay' | 'vfs'): string[] {
    const folder = join(this.#context.cacheFolder, `buildah-${driver}`);
    mkdirSync(folder, { recursive: true });
    return ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', driver];
  }
}

/** Why buildah cannot be used here; `undefined` when it can. */
export function buildahProblem({ env, userId }: BuildContext): string | undefined {
  if (userId !== 0) return 'buildah: needs root';
  const missing = ['buildah', 'debootstrap'].filter((name) => findSystemProgram(name, env) === undefined);
  return missing.length === 0 ? undefined : `buildah: ${missing.join(', ')} not installed`;
}
