import { type Document, parseDocument } from 'yaml';
import type { Manifest } from '../../../src/stack/manifest.ts';
import { rolledOut } from './in-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

/**
 * Changes the collectors' configuration, and starts them again with it or leaves it to them to notice.
 *
 * @returns what puts the old one back, the same way.
 */
export async function changeCollectorConfig(
  { kubectl }: TestCluster,
  change: (config: Document) => void,
  { restart = true } = {},
): Promise<() => Promise<void>> {
  const inNamespace = ['--namespace', 'journey-node'];
  const configMap = await kubectl.json<Manifest>([...inNamespace, 'get', 'configmap', 'log-collector-config']);
  const original = configMap?.data?.['config.yaml'] ?? '';
  const configure = async (text: string) => {
    const patch = ['patch', 'configmap', 'log-collector-config', '--type', 'merge', '--patch'];
    await kubectl.run([...inNamespace, ...patch, JSON.stringify({ data: { 'config.yaml': text } })]);
    if (!restart) {
      // The kubelet brings a changed ConfigMap into a Pod when it next syncs it, up to a minute later; touched, it does now.
      const mark = `journey.example/touched=${Date.now()}`;
      await kubectl.run([...inNamespace, 'annotate', 'pods', '--all', '--overwrite', mark]);
      return;
    }
    await kubectl.run([...inNamespace, 'rollout', 'restart', 'daemonset/log-collector']);
    await rolledOut(kubectl, 'journey-node', 'daemonset/log-collector');
  };
  const document = parseDocument(original);
  change(document);
  await configure(document.toString());
  return () => configure(original);
}
