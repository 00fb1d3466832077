import type { ClusterContext, ClusterProvider, ProviderName } from './cluster-provider.ts';
import { ExistingProvider, type ExistingProviderOptions } from './existing.ts';
import { KindProvider, type KindProviderOptions } from './kind.ts';
import { LocalProvider, type LocalProviderOptions } from './local/local-provider.ts';
import { MinikubeProvider, type MinikubeProviderOptions } from './minikube.ts';
import { preflightError } from './preflight-error.ts';

export interface ProviderOptions {
  readonly existing?: ExistingProviderOptions;
  readonly minikube?: MinikubeProviderOptions;
  readonly kind?: KindProviderOptions;
  readonly local?: LocalProviderOptions;
}

function createProvider(name: ProviderName, context: ClusterContext, options: ProviderOptions = {}): ClusterProvider {
  switch (name) {
    case 'existing':
      return new ExistingProvider(context, options.existing);
    case 'minikube':
      return new MinikubeProvider(context, options.minikube);
    case 'kind':
      return new KindProvider(context, options.kind);
    case 'local':
      return new LocalProvider(context, options.local);
  }
}

/**
 * `auto`: the cluster of ours that is already up; else the first provider that lacks nothing here. Never `existing`:
 * somebody's own cluster is used only when it was asked for.
 */
const automatic = ['minikube', 'kind', 'local'] as const;

/** The provider to bring a cluster up with. @throws JourneyError `cluster-preflight` when none can work here, with what the likeliest one lacks. */
export async function selectProvider(
  wanted: ProviderName | 'auto',
  context: ClusterContext,
  options: ProviderOptions = {},
): Promise<ClusterProvider> {
  if (wanted !== 'auto') return createProvider(wanted, context, options);
  const { there, failures } = await lookAround(context, options);
  if (there !== undefined) return there;
  const providers = automatic.map((name) => createProvider(name, context, options));
  const lacking = await Promise.all(providers.map((provider) => provider.preflight()));
  const able = providers.find(({ name }, index) => lacking[index]?.length === 0 && !failures.has(name));
  if (able !== undefined) return able;
  for (const failure of failures.values()) throw failure;
  const likeliest = context.platform === 'linux' && context.userId === 0 ? 'local' : 'minikube';
  const problems = lacking[automatic.indexOf(likeliest)] ?? [];
  throw preflightError(likeliest, problems, context.language);
}

/**
 * The provider asked for, or the one whose cluster is there; `undefined` when `auto` finds none. Changes nothing.
 *
 * @throws what one of them failed with when it was asked, unless another has the cluster.
 */
export async function findProvider(
  wanted: ProviderName | 'auto',
  context: ClusterContext,
  options: ProviderOptions = {},
): Promise<ClusterProvider | undefined> {
  if (wanted !== 'auto') return createProvider(wanted, context, options);
  const { there, failures } = await lookAround(context, options);
  if (there !== undefined) return there;
  for (const failure of failures.values()) throw failure;
  return undefined;
}

/** Asks one after the other. One that cannot say, a kind whose Docker is down, keeps nobody from asking the next. */
async function lookAround(context: ClusterContext, options: ProviderOptions) {
  const failures = new Map<string, unknown>();
  for (const name of automatic) {
    const provider = createProvider(name, context, options);
    try {
      if ((await provider.status()).state !== 'absent') return { there: provider, failures };
    } catch (error) {
      context.signal.throwIfAborted();
      failures.set(name, error);
    }
  }
  return { there: undefined, failures };
}
