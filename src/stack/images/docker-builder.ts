import { runCommand, tryCommand } from '../../cluster/run-command.ts';
import {
  type BuildContext,
  type BuildOptions,
  buildDeadlineMs,
  type ImageBuilder,
  type ImageRecipe,
} from './image-builder.ts';

/**
 * Docker (with BuildKit) and Podman take the same command lines. Node and the libraries come from the public image, or
 * from a mirror of it named in JOURNEY_NODE_IMAGE.
 */
export class DockerBuilder implements ImageBuilder {
  readonly name: 'docker' | 'podman';
  readonly #context: BuildContext;

  constructor(name: 'docker' | 'podman', context: BuildContext) {
    this.name = name;
    this.#context = context;
  }

  async build(recipe: ImageRecipe, archive: string, { fresh = false }: BuildOptions = {}): Promise<void> {
    const args = buildArguments(recipe, this.#context.env['JOURNEY_NODE_IMAGE']);
    await this.#run(fresh ? [...args, '--no-cache'] : args);
    await this.#run(['save', '--output', archive, recipe.reference]);
  }

  async push(reference: string, archive: string): Promise<void> {
    // An archive may be older than the last `docker system prune`.
    await this.#run(['load', '--input', archive]);
    await this.#run(['push', reference]);
  }

  #run(args: readonly string[]): Promise<string> {
    const { env, signal } = this.#context;
    // Older Docker builds by its classic builder unless told, and that one knows no --build-context.
    const options = { env: { ...env, DOCKER_BUILDKIT: '1' }, signal, deadlineMs: buildDeadlineMs };
    return runCommand(this.name, args, options);
  }
}

/** The command line of `docker build`; apart, so that it can be tested where there is no Docker. */
export function buildArguments(recipe: ImageRecipe, nodeImage: string | undefined): string[] {
  const { reference, dockerfile, target, context, contexts } = recipe;
  return [
    ...['build', '--file', dockerfile, '--tag', reference],
    ...(target === undefined ? [] : ['--target', target]),
    ...(nodeImage === undefined || nodeImage === '' ? [] : ['--build-arg', `NODE_IMAGE=${nodeImage}`]),
    ...Object.entries(contexts).flatMap(([name, folder]) => ['--build-context', `${name}=${folder}`]),
    context,
  ];
}

/** Whether the program is there and its daemon, if it has one, answers. */
export async function answers(name: 'docker' | 'podman', { env, signal }: BuildContext): Promise<boolean> {
  const asked = tryCommand(name, ['info'], { env, signal, deadlineMs: 15_000 });
  return asked.then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}
