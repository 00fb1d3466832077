import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Topology } from './cluster-plan.ts';
import type { Tools } from './tools.ts';

/** Long enough that no cluster of this kind outlives it. */
const validDays = '3650';

/** Who gets a certificate: the API server knows a client by CN (user) and O (group). */
interface Identity {
  readonly file: string;
  readonly user: string;
  readonly group: string;
  readonly names?: readonly string[];
}

function identitiesOf(topology: Topology): Identity[] {
  const { control, nodes, apiServiceAddress } = topology;
  const apiNames = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return [
    {
      file: 'apiserver',
      user: 'kube-apiserver',
      group: 'kubernetes',
      names: [
        ...['127.0.0.1', control.address, apiServiceAddress].map((address) => `IP:${address}`),
        ...[...apiNames, 'localhost'].map((name) => `DNS:${name}`),
      ],
    },
    { file: 'kubelet-client', user: 'kube-apiserver-kubelet-client', group: 'system:masters' },
    { file: 'admin', user: 'admin', group: 'system:masters' },
    { file: 'controller-manager', user: 'system:kube-controller-manager', group: 'system:kube-controller-manager' },
    { file: 'scheduler', user: 'system:kube-scheduler', group: 'system:kube-scheduler' },
    { file: 'proxy', user: 'system:kube-proxy', group: 'system:node-proxier' },
    { file: 'network-policy', user: 'journey:network-policy', group: 'journey' },
    { file: 'local-path', user: 'journey:local-path-provisioner', group: 'journey' },
    // The Node authorizer knows a node by exactly this user and group.
    ...nodes.map((node) => ({
      file: node.name,
      user: `system:node:${node.name}`,
      group: 'system:nodes',
      names: [`IP:${node.address}`, `DNS:${node.name}`],
    })),
  ];
}

/**
 * Makes the cluster's own certificate authority and a certificate for each part, unless they are there.
 *
 * By the `openssl` program: Node can use certificates but not issue them, and a library for it would be a dependency
 * of every image and install for the sake of one provider.
 */
export async function ensurePki(folder: string, topology: Topology, tools: Tools): Promise<void> {
  if (existsSync(folder)) return;
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const openssl = (...args: string[]) => tools.run('openssl', args, { cwd: work, deadlineMs: 30_000 });
  const key = (name: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`);

  await key('ca');
  const ca = ['-subj', '/CN=journey-cluster-ca', '-days', validDays, '-out', 'ca.crt'];
  await openssl('req', '-x509', '-new', '-key', 'ca.key', ...ca);
  // Service account tokens are JWTs; RS256 is what every client understands.
  await openssl('genrsa', '-out', 'service-account.key', '2048');
  await openssl('rsa', '-in', 'service-account.key', '-pubout', '-out', 'service-account.pub');
  await Promise.all(
    identitiesOf(topology).map(async ({ file, user, group, names }, index) => {
      await key(file);
      await openssl('req', '-new', '-key', `${file}.key`, '-subj', `/O=${group}/CN=${user}`, '-out', `${file}.csr`);
      const san = names === undefined ? '' : `subjectAltName=${names.join(',')}\n`;
      writeFileSync(join(work, `${file}.ext`), `extendedKeyUsage=clientAuth,serverAuth\n${san}`);
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', String(index + 2), '-days', validDays];
      await openssl('x509', '-req', '-in', `${file}.csr`, ...by, '-extfile', `${file}.ext`, '-out', `${file}.crt`);
    }),
  );
  const inside = `https://${topology.apiAddress}:6443`;
  for (const { file } of identitiesOf(topology)) {
    writeFileSync(join(work, `${file}.kubeconfig`), kubeconfigText(work, file, inside), { mode: 0o600 });
  }
  // All or nothing: a folder under its final name is complete.
  renameSync(work, folder);
}

/** A kubeconfig with the certificates in it, so that the file can be copied anywhere. */
export function kubeconfigText(pki: string, identity: string, server: string, context = 'journey'): string {
  const data = (file: string) => readFileSync(join(pki, file)).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
    users: [
      {
        name: context,
        user: { 'client-certificate-data': data(`${identity}.crt`), 'client-key-data': data(`${identity}.key`) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    'current-context': context,
  });
}
