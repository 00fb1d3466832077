import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ImageArchive } from '../../cluster/cluster-provider.ts';
import { lockWhenFree } from '../../cluster/local/cluster-lock.ts';
import { runCommand } from '../../cluster/run-command.ts';
import type { Language } from '../../i18n/language.ts';
import { say } from '../../i18n/messages.ts';
import { digest } from '../hashes.ts';
import { stackMessages } from '../messages.ts';
import { type BuildContext, buildDeadlineMs, type ImageBuilder, type ImageRecipe } from './image-builder.ts';

export const programs = ['api', 'log-collector', 'cleanup-job'] as const;

/** An image that has been built, and a digest of what it was built from. */
export interface BuiltImage extends ImageArchive {
  readonly inputs: string;
}

export interface BuildImagesOptions {
  /** The repository's folder. */
  readonly root: string;
  /** What the Pods ask for; those that are not ours (a public Redis) are left to the cluster. */
  readonly references: readonly string[];
  readonly builder: ImageBuilder;
  readonly context: BuildContext;
  readonly language: Language;
}

/**
 * Builds what the Pods ask for and is not built yet. An archive is kept under a digest of everything that goes into it,
 * so that a second run with nothing changed builds nothing.
 *
 * @throws JourneyError `command-failed` with the builder's last words.
 */
export async function buildImages(options: BuildImagesOptions): Promise<BuiltImage[]> {
  const { root, references, builder, context, language } = options;
  const folder = join(context.cacheFolder, 'images');
  mkdirSync(folder, { recursive: true });
  const sources = digestOfSources(root);
  const plans = references.flatMap((reference) => {
    const recipe = recipeOf(root, reference);
    if (recipe === undefined) return [];
    const inputs = inputsOf(recipe, { builder, context, sources });
    return [{ recipe, image: { file: join(folder, `${nameOf(reference)}-${inputs}.tar`), reference, inputs } }];
  });
  const images = plans.map(({ image }) => image);
  if (images.every(({ file }) => existsSync(file))) {
    for (const { file, reference } of images) {
      markUsed(file);
      context.report(say(language, stackMessages.upToDate, { image: reference }));
    }
    return images;
  }
  // One at a time: builds share the bundles, the cache and the names they write to.
  const lock = await lockWhenFree(join(folder, 'build.lock'), 'images', {
    deadlineMs: buildDeadlineMs,
    signal: context.signal,
    onWait: (pid) => context.report(say(language, stackMessages.waitingForBuild, { pid })),
  });
  try {
    await builder.tidy?.();
    await buildMissing(options, plans);
  } finally {
    lock.release();
  }
  return images;
}

interface Plan {
  readonly recipe: ImageRecipe;
  readonly image: BuiltImage;
}

async function buildMissing({ root, builder, context, language }: BuildImagesOptions, plans: readonly Plan[]) {
  let bundled = false;
  for (const { recipe, image } of plans) {
    const { file, reference } = image;
    // Perhaps by whoever held the lock before.
    if (existsSync(file)) {
      markUsed(file);
      context.report(say(language, stackMessages.upToDate, { image: reference }));
      continue;
    }
    if (recipe.target !== undefined && !bundled) {
      context.report(say(language, stackMessages.bundling));
      await bundle(root, context);
      bundled = true;
    }
    context.report(say(language, stackMessages.building, { image: reference }));
    rmSync(`${file}.part`, { force: true });
    await builder.build(recipe, `${file}.part`);
    forgetOlder(context.cacheFolder, reference);
    // Under its name only when it is whole.
    renameSync(`${file}.part`, file);
  }
}

function bundle(root: string, { env, signal, nodeBinary }: BuildContext): Promise<string> {
  const script = join(root, 'scripts/build.mjs');
  return runCommand(nodeBinary, [script], { env, signal, cwd: root, deadlineMs: 300_000 });
}

/** `localhost/journey-api:0.2.0` → `journey-api`. */
function nameOf(reference: string): string {
  return basename(reference).replace(/[:@].*$/, '');
}

function programOf(reference: string): (typeof programs)[number] | undefined {
  return programs.find((program) => nameOf(reference) === `journey-${program}`);
}

/** How one of our images is built; `undefined` for somebody else's. */
function recipeOf(root: string, reference: string): ImageRecipe | undefined {
  const target = programOf(reference);
  if (target !== undefined) {
    const contexts = { bundle: join(root, 'dist') };
    return { reference, target, dockerfile: join(root, 'Dockerfile'), context: root, contexts };
  }
  if (nameOf(reference) !== 'journey-redis') return undefined;
  const dockerfile = join(root, 'k8s/overlays/local/redis.Dockerfile');
  return { reference, target: undefined, dockerfile, context: dirname(dockerfile), contexts: {} };
}

interface Inputs {
  readonly builder: ImageBuilder;
  readonly context: BuildContext;
  readonly sources: string;
}

/** Digest of everything that decides what is in an image: its Dockerfile, our sources, the Node binary, the tool. */
function inputsOf({ reference, dockerfile, target }: ImageRecipe, { builder, context, sources }: Inputs): string {
  const parts = [reference, builder.name, digest(readFileSync(dockerfile))];
  if (target !== undefined) {
    const { size, mtimeMs } = statSync(context.nodeBinary);
    parts.push(sources, context.env['JOURNEY_NODE_IMAGE'] ?? '', `${size} ${mtimeMs}`);
  }
  return digest(parts.join('\0'));
}

/** Folders of src/ that no program in an image imports: a change there need not restart a single Pod. */
export const notInImages = ['cli', 'cluster', 'load', 'stack', 'supervisor', 'verify'];

/** Sources rather than bundles: telling that nothing has changed must not take a bundling. */
function digestOfSources(root: string): string {
  const files = globSync('{src/**/*.{ts,json},scripts/*.mjs}', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && !notInImages.includes(file.split('/')[1] ?? ''),
  );
  const all = ['package.json', 'package-lock.json', 'tsconfig.json', ...files.sort()];
  return digest(all.map((file) => `${file} ${digest(readFileSync(join(root, file)))}`).join('\n'));
}

/** An archive that was last used this long ago is in nobody's hands any more. */
const inUseForMs = 30 * 60_000;

/**
 * Old archives go, since each is some 50 MB, but not one that another command (of another checkout, with other sources)
 * has just built and is loading onto its nodes.
 */
function forgetOlder(cacheFolder: string, reference: string): void {
  const folder = join(cacheFolder, 'images');
  const pattern = new RegExp(`^${nameOf(reference)}-[0-9a-f]{16}\\.tar$`);
  for (const file of globSync('*.tar', { cwd: folder })) {
    if (!pattern.test(file)) continue;
    const { mtimeMs } = statSync(join(folder, file), { throwIfNoEntry: false }) ?? { mtimeMs: Number.NaN };
    if (Date.now() - mtimeMs > inUseForMs) rmSync(join(folder, file), { force: true });
  }
}

function markUsed(file: string): void {
  const now = new Date();
  utimesSync(file, now, now);
}
