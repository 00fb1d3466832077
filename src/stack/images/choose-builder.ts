import type { ProviderName } from '../../cluster/cluster-provider.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import { BuildahBuilder, buildahProblem } from './buildah-builder.ts';
import { answers, DockerBuilder } from './docker-builder.ts';
import type { BuildContext, ImageBuilder } from './image-builder.ts';

/**
 * The builder to use: for a local cluster buildah, which needs nothing from the internet but Debian packages, once; else
 * what is there, Docker before Podman before buildah.
 *
 * @throws JourneyError `image-builder-missing` with what stands in each one's way.
 */
export async function chooseBuilder(provider: ProviderName, context: BuildContext): Promise<ImageBuilder> {
  const problem = buildahProblem(context);
  if (provider === 'local') {
    if (problem === undefined) return new BuildahBuilder(context);
    throw new JourneyError('image-builder-missing', { programs: 'buildah', reason: problem });
  }
  for (const name of ['docker', 'podman'] as const) {
    if (await answers(name, context)) return new DockerBuilder(name, context);
  }
  if (problem === undefined) return new BuildahBuilder(context);
  const reason = `docker, podman: no answer; ${problem}`;
  throw new JourneyError('image-builder-missing', { programs: 'docker, podman, buildah', reason });
}
