import { randomBytes } from 'node:crypto';
import type { Kubectl } from '../cluster/kubectl.ts';
import { ownerLabel, stackNames } from './stack-layout.ts';

/** Redis' users (users.acl in k8s/v0.2/redis/configmap.yaml); each is a key of the Secret. */
export const redisUsers = ['admin', 'api', 'cleanup', 'probe'] as const;

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Makes sure that every user of Redis has a password. Those that are there stay: a running Redis would not hear of a
 * new one, and its clients would be locked out (helm/charts#2538).
 *
 * @returns the users that got one now.
 */
export async function ensurePasswords(kubectl: Kubectl): Promise<string[]> {
  const where = ['--namespace', stackNames.namespace];
  const found = await kubectl.json<Secret>([
    ...where,
    ...['get', 'secret', stackNames.passwordSecret, '--ignore-not-found'],
  ]);
  const missing = redisUsers.filter((user) => (found?.data?.[user] ?? '') === '');
  if (missing.length === 0) return [];
  const stringData = Object.fromEntries(missing.map((user) => [user, randomBytes(24).toString('hex')]));
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: stackNames.passwordSecret,
      namespace: stackNames.namespace,
      labels: { [ownerLabel.name]: ownerLabel.value },
    },
    type: 'Opaque',
    stringData,
  };
  // By standard input: what stands in arguments every process of this machine can read.
  if (found === undefined) await kubectl.run(['create', '--filename', '-'], { input: JSON.stringify(secret) });
  // With the version it was read in, so that another's change in between is a conflict, not lost.
  else await kubectl.run(['replace', '--filename', '-'], { input: JSON.stringify({ ...found, stringData }) });
  return missing;
}
