import type { Manifest } from '../../../src/stack/manifest.ts';

/** The API's objects as far as they are changed below; the manifests are plain data. */
type Loose = { [key: string]: Loose } & { push(value: unknown): void } & Loose[];

/**
 * For each rule a change of our manifests that must turn it red. A rule that stays green is no rule.
 *
 * The change gets a function that finds an object by kind and name.
 */
export type Mutation = (find: (kind: string, name: string) => Loose, all: Manifest[]) => void;

const template = (object: Loose) => at(object, 'spec', 'template', 'spec');
const container = (object: Loose) => at(template(object), 'containers', '0');

function at(object: Loose, ...path: string[]): Loose {
  return path.reduce<Loose>((value, key) => value[key] as Loose, object);
}

/** Sets, or with `undefined` removes, what a path leads to. */
function set(object: Loose, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let parent = object as { [key: string]: unknown };
  for (const key of keys) {
    parent[key] ??= {};
    parent = parent[key] as { [key: string]: unknown };
  }
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

const inApi =
  (path: string, value: unknown): Mutation =>
  (find) =>
    set(template(find('Deployment', 'api')), path, value);
const inApiContainer =
  (path: string, value: unknown): Mutation =>
  (find) =>
    set(container(find('Deployment', 'api')), path, value);
const inRedisInit =
  (path: string, value: unknown): Mutation =>
  (find) =>
    set(at(template(find('StatefulSet', 'redis')), 'initContainers', '0'), path, value);
const inObject =
  (kind: string, name: string, path: string, value: unknown): Mutation =>
  (find) =>
    set(find(kind, name), path, value);
const adding =
  (manifest: Manifest): Mutation =>
  (_, all) =>
    all.push(manifest);
const without =
  (kind: string, name: string): Mutation =>
  (_, all) => {
    all.splice(0, all.length, ...all.filter((each) => each.kind !== kind || each.metadata.name !== name));
  };

export const mutations: Readonly<Record<string, readonly Mutation[]>> = {
  'run-as-non-root': [
    inApi('securityContext.runAsNonRoot', undefined),
    inRedisInit('securityContext.runAsNonRoot', false),
  ],
  'high-uid': [inApi('securityContext.runAsUser', 999), inRedisInit('securityContext.runAsUser', 0)],
  'high-gid': [inApi('securityContext.runAsGroup', undefined)],
  'no-root-group': [inApi('securityContext.supplementalGroups', [0])],
  'no-privilege-escalation': [inApiContainer('securityContext.allowPrivilegeEscalation', undefined)],
  'not-privileged': [inRedisInit('securityContext.privileged', true)],
  'drop-all-capabilities': [inApiContainer('securityContext.capabilities.drop', ['NET_RAW'])],
  'no-added-capabilities': [inApiContainer('securityContext.capabilities.add', ['SYS_ADMIN'])],
  seccomp: [
    inApi('securityContext.seccompProfile', undefined),
    inApiContainer('securityContext.seccompProfile.type', 'Unconfined'),
  ],
  'read-only-root': [inApiContainer('securityContext.readOnlyRootFilesystem', false)],
  'proc-mount': [inApiContainer('securityContext.procMount', 'Unmasked')],
  'no-host-namespaces': [inApi('hostNetwork', true), inApi('hostPID', true), inApi('hostIPC', true)],
  'no-host-port': [inApiContainer('ports', [{ name: 'http', containerPort: 8080, hostPort: 8080 }])],
  'no-sysctls': [inApi('securityContext.sysctls', [{ name: 'net.core.somaxconn', value: '1024' }])],
  'restricted-volumes': [inApi('volumes', [{ name: 'etc', hostPath: { path: '/etc' } }])],
  'host-path-read-only': [
    (find) => {
      template(find('Deployment', 'api'))['volumes']?.push({ name: 'etc', hostPath: { path: '/etc' } });
      container(find('Deployment', 'api'))['volumeMounts']?.push({ name: 'etc', mountPath: '/host' });
    },
  ],
  'no-container-socket': [inApi('volumes', [{ name: 's', hostPath: { path: '/run/containerd/containerd.sock' } }])],
  'no-probe-host': [inApiContainer('livenessProbe.httpGet.host', '127.0.0.1')],
  'own-service-account': [without('ServiceAccount', 'api'), inApi('serviceAccountName', undefined)],
  'service-account-not-shared': [inApi('serviceAccountName', 'redis')],
  'no-api-token': [inApi('automountServiceAccountToken', undefined)],
  'api-token-where-used': [
    without('ClusterRoleBinding', 'journey-log-collector'),
    (find) => {
      const spec = template(find('DaemonSet', 'log-collector'));
      at(spec, 'initContainers', '0')['volumeMounts']?.push({ name: 'api-access', mountPath: '/run/token' });
    },
    (find) => set(template(find('DaemonSet', 'log-collector')), 'volumes', []),
  ],
  'no-wide-rights': [
    adding({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'all' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    } as Manifest),
  ],
  'no-secret-in-git': [
    adding({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'redis-auth', namespace: 'journey' } }),
  ],
  'secrets-as-files': [
    inApiContainer('env', [{ name: 'PW', valueFrom: { secretKeyRef: { name: 'redis-auth', key: 'api' } } }]),
    inApiContainer('env', [{ name: 'REDIS_PASSWORD', value: 'hunter2' }]),
    inApiContainer('envFrom', [{ secretRef: { name: 'redis-auth' } }]),
  ],
  'no-secret-in-config': [
    (find) => set(find('ConfigMap', 'redis-config'), 'data', { 'redis.conf': 'port 6379\nrequirepass hunter2\n' }),
  ],
  'pinned-image': [inApiContainer('image', 'journey-api'), inApiContainer('image', 'journey-api:latest')],
  'image-digest': [inApiContainer('image', 'another:1')],
  'pull-always': [inApiContainer('imagePullPolicy', 'Never')],
  'requests-and-limits': [inApiContainer('resources.limits.memory', undefined), inRedisInit('resources', undefined)],
  'no-cpu-limit': [inApiContainer('resources.limits.cpu', '2')],
  'bounded-empty-dir': [inApi('volumes', [{ name: 'tmp', emptyDir: {} }])],
  probes: [inApiContainer('livenessProbe', undefined), inApiContainer('readinessProbe', undefined)],
  'liveness-is-not-readiness': [inApiContainer('livenessProbe.httpGet.path', '/readyz')],
  'probe-ports-declared': [inApiContainer('livenessProbe.httpGet.port', 'htpp')],
  'two-replicas': [inObject('Deployment', 'api', 'spec.replicas', 1)],
  'rolling-update': [inObject('Deployment', 'api', 'spec.strategy', { type: 'Recreate' })],
  'spread-over-nodes': [inApi('topologySpreadConstraints', undefined)],
  'disruption-budget': [without('PodDisruptionBudget', 'api')],
  'budget-lets-drain': [
    inObject('PodDisruptionBudget', 'api', 'spec.maxUnavailable', 0),
    inObject('PodDisruptionBudget', 'redis', 'spec.unhealthyPodEvictionPolicy', undefined),
  ],
  'priority-class': [inObject('DaemonSet', 'log-collector', 'spec.template.spec.priorityClassName', undefined)],
  'headless-service': [
    inObject('StatefulSet', 'redis', 'spec.serviceName', 'redis'),
    inObject('Service', 'redis-headless', 'spec.clusterIP', undefined),
  ],
  'service-leads-somewhere': [
    inObject('Service', 'api', 'spec.selector', { 'app.kubernetes.io/name': 'apu' }),
    inObject('Service', 'redis', 'spec.ports', [{ port: 6379, targetPort: 'rediss' }]),
  ],
  'service-not-node-port': [inObject('Service', 'redis', 'spec.type', 'NodePort')],
  'budget-is-about-something': [
    inObject('PodDisruptionBudget', 'api', 'spec.selector.matchLabels', { 'app.kubernetes.io/name': 'apu' }),
  ],
  'cron-job-fields': [
    inObject('CronJob', 'cleanup-job', 'spec.timeZone', undefined),
    inObject('CronJob', 'cleanup-job', 'spec.startingDeadlineSeconds', 5),
    inObject('CronJob', 'cleanup-job', 'spec.concurrencyPolicy', undefined),
    inObject('CronJob', 'cleanup-job', 'spec.jobTemplate.spec.activeDeadlineSeconds', undefined),
    inObject('CronJob', 'cleanup-job', 'spec.jobTemplate.spec.ttlSecondsAfterFinished', 60),
  ],
  'job-restart-policy': [
    inObject('CronJob', 'cleanup-job', 'spec.jobTemplate.spec.template.spec.restartPolicy', 'OnFailure'),
  ],
  'cron-job-name': [inObject('CronJob', 'cleanup-job', 'metadata.name', 'c'.repeat(53))],
  'own-namespace': [
    inObject('Service', 'api', 'metadata.namespace', undefined),
    inObject('Service', 'api', 'metadata.namespace', 'default'),
  ],
  'current-api': [inObject('CronJob', 'cleanup-job', 'apiVersion', 'batch/v1beta1')],
  'standard-labels': [inObject('Service', 'api', 'metadata.labels', { app: 'api' })],
  'selector-is-template': [
    inObject('Deployment', 'api', 'spec.selector.matchLabels', { 'app.kubernetes.io/name': 'apu' }),
  ],
  'no-duplicate-env': [
    inApiContainer('env', [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ]),
  ],
  'no-service-links': [inApi('enableServiceLinks', undefined)],
  'config-as-folder': [
    inApiContainer('volumeMounts', [{ name: 'config', mountPath: '/etc/journey/config.yaml', subPath: 'config.yaml' }]),
  ],
  'resource-quota': [adding({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'another' } })],
  'pod-security-label': [
    inObject('Namespace', 'journey', 'metadata.labels', { 'pod-security.kubernetes.io/enforce': 'baseline' }),
  ],
};
