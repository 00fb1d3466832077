import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../../i18n/messages.ts';
import { askApi } from './ask-api.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { localMessages } from './messages.ts';
import { openForward } from './open-forward.ts';
import { kubeconfigText } from './pki.ts';
import { waitForPart } from './wait-for-part.ts';

/** Kubernetes' usual port, a digit longer so that a real one on this machine keeps its own. */
const preferredApiPort = 16443;

/**
 * Starts etcd and the API server in the control plane's namespace and brings the API to 127.0.0.1; resolves when it
 * answers `/readyz`. What runs already is left alone.
 */
export async function ensureApiServer(cluster: LocalClusterContext, askedPort: number | undefined): Promise<void> {
  const { layout, topology, state, context } = cluster;
  const { networks, tuning } = state.data.plan;
  const pki = (file: string) => join(layout.pki, file);
  if (state.data.processes['etcd'] === undefined) context.report(say(context.language, localMessages.controlPlane));
  mkdirSync(layout.etcd, { recursive: true, mode: 0o700 });
  const etcd = 'http://127.0.0.1:2379';
  await startInControl(cluster, 'etcd', [
    `--data-dir=${layout.etcd}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    '--listen-peer-urls=http://127.0.0.1:2380',
    // A cluster to learn and test on need not survive a power cut, and shared disks make fsync very slow.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  await startInControl(cluster, 'kube-apiserver', [
    `--etcd-servers=${etcd}`,
    `--advertise-address=${topology.apiAddress}`,
    '--secure-port=6443',
    `--service-cluster-ip-range=${networks.services}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    // For API extensions (metrics-server); the controllers complain every few seconds when it is missing. No
    // certificate with this name is ever made, so nobody can pose as an extension's front.
    `--requestheader-client-ca-file=${pki('ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('kubelet-client.key')}`,
    // Nodes have no DNS names here.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Log collectors and the like; whether a namespace may is Pod Security's business.
    '--allow-privileged=true',
    `--default-not-ready-toleration-seconds=${tuning.podEvictionSeconds}`,
    `--default-unreachable-toleration-seconds=${tuning.podEvictionSeconds}`,
    '--profiling=false',
  ]);
  await ensureApiForward(cluster, askedPort);
  await waitForPart(cluster, 'kube-apiserver', 90, async () => (await askApi(cluster, '/readyz')) === 'ok');
}

/**
 * The parts that use the API, once it answers: earlier they exit because the roles they need are not there yet.
 */
export async function ensureControllers(cluster: LocalClusterContext): Promise<void> {
  const { layout, state } = cluster;
  const { networks, tuning } = state.data.plan;
  const pki = (file: string) => join(layout.pki, file);
  const as = (identity: string) =>
    ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${pki(`${identity}.kubeconfig`)}`,
    );
  await startInControl(cluster, 'kube-controller-manager', [
    ...as('controller-manager'),
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--use-service-account-credentials',
    // Its default is below /usr/libexec, which would be made on the machine itself.
    `--flex-volume-plugin-dir=${join(layout.folder, 'volume-plugins')}`,
    `--cluster-cidr=${networks.pods}`,
    // There is one of each, so nothing to elect; a restarted one need not wait for the old lease to run out.
    '--leader-elect=false',
    `--node-monitor-grace-period=${tuning.nodeMonitorGraceSeconds}s`,
  ]);
  await startInControl(cluster, 'kube-scheduler', [...as('scheduler'), '--leader-elect=false']);
}

/** Serves claims of the class `standard` with folders on the node that runs the Pod. */
export async function ensureStorageProvisioner(cluster: LocalClusterContext): Promise<void> {
  const namespace = 'local-path-storage';
  await startInControl(
    cluster,
    'local-path-provisioner',
    [
      'start',
      `--kubeconfig=${join(cluster.layout.pki, 'local-path.kubeconfig')}`,
      `--namespace=${namespace}`,
      '--configmap-name=local-path-config',
      '--provisioner-name=rancher.io/local-path',
      '--service-account-name=local-path-provisioner',
    ],
    { POD_NAMESPACE: namespace, NAMESPACE: namespace },
  );
}

/** As kind and k3d do it: the provider, then the name. */
export const contextName = (cluster: string) => `local-${cluster}`;

/** 127.0.0.1 → the API server, and the kubeconfig that says so. */
async function ensureApiForward(cluster: LocalClusterContext, askedPort: number | undefined): Promise<void> {
  const { processes, state, topology, layout } = cluster;
  const role = 'forward-api';
  if (processes.record(role) === undefined) {
    const target = `${topology.apiAddress}:6443`;
    const preferred = state.data.apiPort || preferredApiPort;
    const remember = (apiPort: number) => state.update({ apiPort });
    await openForward(cluster, role, target, { asked: askedPort, preferred, option: '--api-port', remember });
  }
  const { apiPort, plan } = state.data;
  const text = kubeconfigText(layout.pki, 'admin', `https://127.0.0.1:${apiPort}`, contextName(plan.name));
  writeFileSync(layout.kubeconfig, text, { mode: 0o600 });
}

async function startInControl(
  { processes, binaries, topology }: LocalClusterContext,
  role: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const command = [binaries.path(role), ...args];
  const enter = [`--net=/run/netns/${topology.control.namespace}`, '--'];
  await processes.start({ role, file: 'nsenter', args: [...enter, ...command], env });
}

export interface KubectlOptions {
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** kubectl as the cluster's administrator. */
export async function kubectl(
  { tools, binaries, layout }: LocalClusterContext,
  args: readonly string[],
  { input, deadlineMs = 30_000 }: KubectlOptions = {},
): Promise<string> {
  const all = [`--kubeconfig=${layout.kubeconfig}`, ...args];
  const options = { deadlineMs, ...(input === undefined ? {} : { input }) };
  return await tools.run(binaries.path('kubectl'), all, options);
}
