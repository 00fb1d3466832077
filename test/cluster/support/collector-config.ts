import { type Document, parseDocument } from 'yaml';
import type { Manifest } from '../../../src/stack/manifest.ts';
import { rolledOut } from './in-cluster.ts';
import { nudge } from './nudge.ts';
import type { TestCluster } from './test-cluster.ts';

/**
 * Changes the collectors' configuration, and starts them again with it or leaves it to them to notice.
 *
 * @returns what puts the old one back, the same way.
 */
export async function changeCollectorConfig(
  { kubectl, env }: TestCluster,
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
      nudge({ command: kubectl.command, env });
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
