import { stringify } from 'yaml';
import type { NodeMachine, Topology, Tuning } from './cluster-plan.ts';

/** Paths as a node sees them; node-init.sh puts them there. */
export const inNode = {
  binaries: '/run/journey/bin',
  pki: '/run/journey/cluster/pki',
  own: '/run/journey/node',
  containerdSocket: '/run/containerd/containerd.sock',
} as const;

export interface ContainerdOptions {
  /** Folder of the CNI plugins on this machine. */
  readonly cniBinaries: string;
  /** Whether root may lower a process's OOM score here (CAP_SYS_RESOURCE). */
  readonly mayLowerOomScore: boolean;
}

/** Version 2 of the format, which containerd 1.6 to 2.x all read. */
export function containerdConfig({ cniBinaries, mayLowerOomScore }: ContainerdOptions): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${inNode.containerdSocket}"

# Its default is /opt/containerd, which would be made on the machine itself.
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # CoreDNS listens on port 53 without being root.
  enable_unprivileged_ports = true
  # containerd would load a profile into the machine's kernel, where it would stay.
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE the kernel refuses a lower OOM score, and every sandbox dies with
  # "can't get final child's PID from pipe".
  restrict_oom_score_adj = ${!mayLowerOomScore}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniBinaries}"
    conf_dir = "${inNode.own}/cni"
`;
}

/** Pods of a node share a bridge; other nodes' Pods are reached by the routes network.ts lays. */
export function cniConfig(node: NodeMachine): string {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: node.podNetwork }]],
    routes: [{ dst: '0.0.0.0/0' }],
    // Below /run, which a restarted node finds empty: addresses of Pods that died with it are free again.
    dataDir: '/run/containerd/cni',
  };
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    // Pods talk to each other with their own addresses, else a NetworkPolicy could not tell them apart.
    ipMasq: false,
    // A Pod may reach itself through its own Service.
    hairpinMode: true,
    ipam,
  };
  const plugins = [bridge, { type: 'portmap', capabilities: { portMappings: true } }];
  return `${JSON.stringify({ cniVersion: '0.4.0', name: 'journey', plugins }, null, 2)}\n`;
}

/** Folder of a node for manifests of static Pods. */
export const staticPods = '/var/lib/kubelet/static-pods';

export function kubeletConfig(node: NodeMachine, topology: Topology, tuning: Tuning): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${inNode.pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${inNode.pki}/${node.name}.crt`,
    tlsPrivateKeyFile: `${inNode.pki}/${node.name}.key`,
    containerRuntimeEndpoint: `unix://${inNode.containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    // The nodes share the machine's cgroup trees, so each has its own branch.
    cgroupRoot: `/${node.cgroup}`,
    // From 1.35 on cgroup v1 is refused by default; 1.34 accepts it when told so.
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [topology.dnsAddress],
    clusterDomain: 'cluster.local',
    // Pods with dnsPolicy Default (CoreDNS) must not inherit the machine's servers: nothing leaves the machine.
    resolvConf: `${inNode.own}/resolv.conf`,
    // Static Pods: the kubelet runs what lies here, with or without an API server.
    staticPodPath: staticPods,
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    // The disk is the machine's and mostly full of other things; percentages as for a dedicated one would evict at once.
    evictionHard: { 'memory.available': '200Mi', 'nodefs.available': '2%', 'imagefs.available': '2%' },
    // Images cannot be pulled again, so they must never be collected.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    maxPods: 60,
    containerLogMaxSize: tuning.containerLogMaxSize,
    containerLogMaxFiles: tuning.containerLogMaxFiles,
    containerLogMonitorInterval: `${tuning.containerLogMonitorSeconds}s`,
    // A node that comes back is seen as Ready at once, not at the next full minute.
    nodeStatusUpdateFrequency: '5s',
    // How long a changed ConfigMap takes to reach a running Pod: the default of a minute is long for a lesson.
    syncFrequency: '10s',
  });
}
