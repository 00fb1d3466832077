import { isReady, type Pod, type Secret } from '../../cluster/objects.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import type { CheckContext } from '../check.ts';
import { redisPods } from './workloads.ts';

/**
 * Asks the Redis server itself, through redis-cli in its own container. The password goes in by standard input: as an
 * argument every process of the node could read it.
 *
 * @returns the reply as redis-cli prints it when its output is not a terminal.
 * @throws JourneyError `cluster-refused` when Redis answers with an error.
 */
export async function askRedis(context: CheckContext, pod: Pod, command: string): Promise<string> {
  const { cluster, stack, signal } = context;
  const { name, namespace = stack.namespace } = pod.metadata;
  const secret = await cluster.get<Secret>('secrets', namespace, stack.redis.secret, { signal });
  const encoded = secret?.data?.[stack.redis.passwordKey];
  const password = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const stdin = `AUTH ${stack.redis.user} ${password}\n${command}\n`;
  const { stdout, stderr } = await cluster.exec(namespace, name, ['redis-cli'], {
    container: stack.redis.container,
    stdin,
    signal,
  });
  const [auth = '', ...lines] = stdout.split('\n');
  const reply = lines.join('\n').trimEnd();
  const refused =
    auth.trim() !== 'OK' ? auth || stderr : /^(ERR|NOPERM|NOAUTH|LOADING)\b/.exec(reply) === null ? '' : reply;
  if (refused !== '') {
    throw new JourneyError('cluster-refused', { action: `redis-cli ${command} in ${name}`, reason: refused.trim() });
  }
  return reply;
}

/** @throws JourneyError `cluster-refused` when there is none. */
export async function readyRedisPod(context: CheckContext): Promise<Pod> {
  const pod = (await redisPods(context)).find(isReady);
  if (pod === undefined)
    throw new JourneyError('cluster-refused', { action: 'find a Ready Redis Pod', reason: 'there is none' });
  return pod;
}

/** `CONFIG GET *` as a map. */
export function parseConfigGet(reply: string): ReadonlyMap<string, string> {
  const lines = reply.split('\n');
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.set(lines[i] ?? '', (lines[i + 1] ?? '').trim());
  return pairs;
}

/** `INFO` as a map of its fields. */
export function parseInfo(reply: string): ReadonlyMap<string, string> {
  const pairs = reply
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const);
  return new Map(pairs);
}

export interface RedisClient {
  /** Address without the port. */
  readonly address: string;
  readonly user: string;
  readonly name: string;
}

/** `CLIENT LIST`, one client a line. */
export function parseClientList(reply: string): readonly RedisClient[] {
  return reply
    .split('\n')
    .filter((line) => line.includes('addr='))
    .map((line) => {
      const field = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? '';
      return { address: field('addr').replace(/:\d+$/, ''), user: field('user'), name: field('name') };
    });
}
