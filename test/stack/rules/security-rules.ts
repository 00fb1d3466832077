import type { Manifest } from '../../../src/stack/manifest.ts';
import { containerRule, objectRule, podRule, type Rule } from './rule.ts';

const restrictedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** Pod Security Standards `restricted`, and what the linters ask for beyond it. */
export const securityRules: readonly Rule[] = [
  containerRule('run-as-non-root', ({ securityContext }, { spec }) => {
    const nonRoot = securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
    return nonRoot !== true && 'runAsNonRoot is not true';
  }),
  containerRule('high-uid', ({ securityContext }, { spec }) => {
    const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
    return (user === undefined || user < 10_000) && `runAsUser is ${user}, not a number from 10000`;
  }),
  containerRule('high-gid', ({ securityContext }, { spec }) => {
    const group = securityContext?.runAsGroup ?? spec.securityContext?.runAsGroup;
    return (group === undefined || group < 10_000) && `runAsGroup is ${group}, not a number from 10000`;
  }),
  podRule('no-root-group', ({ spec }) => {
    return spec.securityContext?.supplementalGroups?.includes(0) && 'supplementalGroups contains 0';
  }),
  containerRule('no-privilege-escalation', ({ securityContext }) => {
    return securityContext?.allowPrivilegeEscalation !== false && 'allowPrivilegeEscalation is not false';
  }),
  containerRule('not-privileged', ({ securityContext }) => securityContext?.privileged === true && 'it is privileged'),
  containerRule('drop-all-capabilities', ({ securityContext }) => {
    return !securityContext?.capabilities?.drop?.includes('ALL') && 'capabilities.drop has no ALL';
  }),
  containerRule('no-added-capabilities', ({ securityContext }) => {
    return (securityContext?.capabilities?.add ?? []).length > 0 && 'capabilities are added';
  }),
  containerRule('seccomp', ({ securityContext }, { spec }) => {
    const type = securityContext?.seccompProfile?.type ?? spec.securityContext?.seccompProfile?.type;
    return type !== 'RuntimeDefault' && type !== 'Localhost' && `seccompProfile is ${type}`;
  }),
  containerRule('read-only-root', ({ securityContext }) => {
    return securityContext?.readOnlyRootFilesystem !== true && 'readOnlyRootFilesystem is not true';
  }),
  containerRule('proc-mount', ({ securityContext }) => {
    return (securityContext?.procMount ?? 'Default') !== 'Default' && 'procMount is changed';
  }),
  podRule('no-host-namespaces', ({ spec }) => {
    return (spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true) && 'it uses a host namespace';
  }),
  containerRule('no-host-port', ({ ports = [] }) => ports.some(({ hostPort }) => hostPort) && 'it takes a hostPort'),
  podRule('no-sysctls', ({ spec }) => (spec.securityContext?.sysctls ?? []).length > 0 && 'it sets sysctls'),
  podRule('restricted-volumes', ({ spec }) => {
    const other = (spec.volumes ?? []).filter((volume) => !restrictedVolumes.some((type) => type in volume));
    return other.length > 0 && `volumes of other types: ${other.map(({ name }) => name).join(', ')}`;
  }),
  containerRule('host-path-read-only', ({ volumeMounts = [] }, { spec }) => {
    const hostPaths = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
    const writable = volumeMounts.filter((mount) => hostPaths.includes(mount.name) && mount.readOnly !== true);
    return writable.length > 0 && `writes to the node: ${writable.map(({ name }) => name).join(', ')}`;
  }),
  containerRule('no-container-socket', (_, { spec }) => {
    const sockets = (spec.volumes ?? []).filter(({ hostPath }) => /\.sock$/.test(hostPath?.path ?? ''));
    return sockets.length > 0 && 'it mounts a socket of the node';
  }),
  containerRule('no-probe-host', ({ startupProbe, livenessProbe, readinessProbe }) => {
    const probes = [startupProbe, livenessProbe, readinessProbe];
    return probes.some((probe) => probe?.httpGet?.host !== undefined) && 'a probe names a host';
  }),
  podRule('own-service-account', ({ spec, manifest }, { manifests }) => {
    const exists = manifests.some(
      ({ kind, metadata }) =>
        kind === 'ServiceAccount' &&
        metadata.name === spec.serviceAccountName &&
        metadata.namespace === manifest.metadata.namespace,
    );
    return !exists && `there is no ServiceAccount ${spec.serviceAccountName}`;
  }),
  podRule('service-account-not-shared', ({ spec, manifest }, { workloads }) => {
    const users = workloads.filter(
      (each) =>
        each.spec.serviceAccountName === spec.serviceAccountName &&
        each.manifest.metadata.namespace === manifest.metadata.namespace,
    );
    return users.length > 1 && `${spec.serviceAccountName} is shared`;
  }),
  podRule(
    'no-api-token',
    ({ spec }) => spec.automountServiceAccountToken !== false && 'it gets a token it does not use',
  ),
  podRule('api-token-where-used', ({ spec, manifest, containers }, { manifests }) => {
    const tokens = (spec.volumes ?? []).filter(({ projected }) =>
      projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
    );
    const holders = containers.filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => tokens.some((token) => token.name === name)),
    );
    const granted = manifests.some((each) => bindsTo(each, spec.serviceAccountName, manifest.metadata.namespace));
    if (granted !== holders.length > 0) return granted ? 'it has rights and no token' : 'it has a token without rights';
    return holders.length > 1 && `${holders.length} containers hold its token`;
  }),
  objectRule('no-wide-rights', ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'], (manifest) => {
    const text = JSON.stringify(manifest);
    const wide = ['"*"', '"secrets"', 'pods/exec', 'pods/attach', 'cluster-admin'].filter((word) =>
      text.includes(word),
    );
    return wide.length > 0 && `it grants ${wide.join(', ')}`;
  }),
  objectRule('no-secret-in-git', ['Secret'], () => 'a Secret is in git'),
  containerRule('secrets-as-files', ({ env = [], envFrom = [] }) => {
    const refs = [...env.map(({ valueFrom }) => valueFrom), ...envFrom].filter((each) => each !== undefined);
    if (refs.some((each) => 'secretKeyRef' in each || 'secretRef' in each)) return 'a Secret goes into the environment';
    const literal = env.find(
      ({ name, value = '' }) => /secret|password|token|api_?key/i.test(name) && value !== '' && !/FILE$/.test(name),
    );
    return literal !== undefined && `${literal.name} has a literal value`;
  }),
  objectRule('no-secret-in-config', ['ConfigMap'], ({ data = {} }) => {
    const found = Object.values(data).flatMap(
      (text) => text.match(/^\s*(requirepass|masterauth|password:) .*$/gm) ?? [],
    );
    return found.length > 0 && `it holds ${found[0]?.trim()}`;
  }),
];

/** Whether this is a binding that grants something to a service account. */
function bindsTo(manifest: Manifest, account: string | undefined, namespace: string | undefined): boolean {
  const { kind, subjects = [] } = manifest as Manifest & { readonly subjects?: readonly Subject[] };
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return false;
  return subjects.some((each) => each.name === account && each.namespace === namespace);
}

interface Subject {
  readonly name: string;
  readonly namespace?: string;
}
