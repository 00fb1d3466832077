import type { ConfigMap, Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';

/** The ConfigMaps a Pod mounts, as they are now. Found through the Pod, so that kustomize's name suffixes do not matter. */
export async function mountedConfigMaps({ cluster, signal }: CheckContext, pod: Pod): Promise<readonly ConfigMap[]> {
  const names = (pod.spec.volumes ?? []).flatMap((volume) => [
    volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map((source) => source.configMap?.name),
  ]);
  const found = await Promise.all(
    [...new Set(names)]
      .filter((name) => name !== undefined && name !== 'kube-root-ca.crt')
      .map((name) => cluster.get<ConfigMap>('configmaps', pod.metadata.namespace ?? '', name ?? '', { signal })),
  );
  return found.filter((map) => map !== undefined);
}
