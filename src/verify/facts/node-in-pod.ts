import type { Pod } from '../../cluster/objects.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import type { CheckContext } from '../check.ts';

/**
 * Runs a few lines of JavaScript inside one of our own containers and returns the JSON it prints: our images have
 * neither a shell nor curl, but they have node, and only from inside can DNS and the network be asked as a Pod sees them.
 *
 * @param script reads its arguments from `process.argv.slice(1)` and prints one JSON document.
 * @throws JourneyError `cluster-refused` when it fails.
 */
export async function nodeInPod<T>(
  { cluster, signal }: CheckContext,
  pod: Pod,
  script: string,
  args: readonly string[] = [],
): Promise<T> {
  const { name, namespace = '' } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? '';
  const command = ['node', '--input-type=module', '--eval', script, ...args];
  const result = await cluster.exec(namespace, name, command, { container, signal });
  if (result.exitCode !== 0) {
    const reason = result.stderr.trim().split('\n').slice(-3).join(' ');
    throw new JourneyError('cluster-refused', { action: `node in ${name}`, reason });
  }
  return JSON.parse(result.stdout) as T;
}
