/** A Pod to try. */
export const pod = (namespace: string, spec: object): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'try', namespace }, spec });
const hardened = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
const good = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [{ name: 'c', image: 'localhost/busybox:1', securityContext: hardened }],
};
const hostPath = (path: string, readOnly: boolean) => ({
  ...good,
  volumes: [{ name: 'v', hostPath: { path } }],
  containers: [{ ...good.containers[0], volumeMounts: [{ name: 'v', mountPath: '/v', readOnly }] }],
});

/** Pods that are asked for, where, and what the refusal says; `undefined` where there must be none. */
export const admissions = [
  ['an ordinary Pod', 'journey-node', good, undefined],
  ['the node’s logs, read-only', 'journey-node', hostPath('/var/log/pods', true), undefined],
  ['the node’s logs, for writing', 'journey-node', hostPath('/var/log/pods', false), /readOnly true/],
  ['another folder of the node', 'journey-node', hostPath('/etc', true), /hostPath is allowed for/],
  ['the root of the node', 'journey-node', hostPath('/', true), /hostPath is allowed for/],
  [
    'a neighbour of the state folder',
    'journey-node',
    hostPath('/var/lib/journey/log-collector/..', false),
    /must not contain '\.\.'/,
  ],
  ['the host’s network', 'journey-node', { ...good, hostNetwork: true }, /hostNetwork/],
  [
    'root',
    'journey-node',
    { ...good, securityContext: { ...good.securityContext, runAsUser: 0 } },
    /must not run as root/,
  ],
  [
    'root by a container',
    'journey-node',
    {
      ...good,
      containers: [{ ...good.containers[0], securityContext: { ...hardened, runAsNonRoot: false, runAsUser: 0 } }],
    },
    /must not run as root/,
  ],
  [
    'a privileged container',
    'journey-node',
    { ...good, containers: [{ ...good.containers[0], securityContext: { privileged: true } }] },
    /privileged/,
  ],
  [
    'a capability',
    'journey-node',
    {
      ...good,
      containers: [
        { ...good.containers[0], securityContext: { ...hardened, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } } },
      ],
    },
    /drop all capabilities/,
  ],
  [
    'capabilities kept in an Init container',
    'journey-node',
    { ...good, initContainers: [{ name: 'i', image: 'x', securityContext: { allowPrivilegeEscalation: false } }] },
    /drop all capabilities/,
  ],
  [
    'no seccomp',
    'journey-node',
    { ...good, securityContext: { runAsNonRoot: true, runAsUser: 10001 } },
    /seccompProfile/,
  ],
  [
    'a port of the node',
    'journey-node',
    { ...good, containers: [{ ...good.containers[0], ports: [{ containerPort: 80, hostPort: 80 }] }] },
    /hostPort/,
  ],
  ['a hostPath where Redis lives', 'journey', hostPath('/var/log/pods', true), /violates PodSecurity/],
  ['root where Redis lives', 'journey', { containers: good.containers }, /violates PodSecurity/],
] as const;
