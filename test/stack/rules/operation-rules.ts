import { containerRule, objectRule, podRule, type Rule } from './rule.ts';
import { selects } from './view.ts';

const standardLabels = ['name', 'instance', 'part-of'].map((each) => `app.kubernetes.io/${each}`);
const clusterScoped = [
  'Namespace',
  'PriorityClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];
const versions: Readonly<Record<string, readonly string[]>> = {
  v1: ['Namespace', 'ServiceAccount', 'ConfigMap', 'Service', 'PersistentVolumeClaim', 'Secret', 'Pod'],
  'apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet'],
  'batch/v1': ['CronJob', 'Job'],
  'policy/v1': ['PodDisruptionBudget'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'admissionregistration.k8s.io/v1': ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
};

interface Template {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly replicas?: number;
  readonly serviceName?: string;
  readonly strategy?: { readonly type?: string };
}

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly targetPort?: string | number }[];
}

interface Budget {
  readonly minAvailable?: number;
  readonly maxUnavailable?: number;
  readonly unhealthyPodEvictionPolicy?: string;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}

interface Cron {
  readonly timeZone?: string;
  readonly startingDeadlineSeconds?: number;
  readonly concurrencyPolicy?: string;
  readonly jobTemplate: {
    readonly spec: {
      readonly activeDeadlineSeconds?: number;
      readonly backoffLimit?: number;
      readonly ttlSecondsAfterFinished?: number;
    };
  };
}

/** Images, resources, probes, availability, Services, Jobs, hygiene. */
export const operationRules: readonly Rule[] = [
  containerRule(
    'pinned-image',
    ({ image = '' }) => (!/:[^/]+$/.test(image) || image.endsWith(':latest')) && `image ${image}`,
  ),
  containerRule('image-digest', ({ image = '' }) => !image.includes('@sha256:') && `${image} is named by its tag`),
  containerRule(
    'pull-always',
    ({ imagePullPolicy }) => imagePullPolicy !== 'Always' && `imagePullPolicy ${imagePullPolicy}`,
  ),
  containerRule('requests-and-limits', ({ resources }) => {
    const missing = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [
      ...(resources?.requests?.[name] === undefined ? [`requests.${name}`] : []),
      ...(resources?.limits?.[name] === undefined ? [`limits.${name}`] : []),
    ]);
    return missing.length > 0 && `no ${missing.join(', ')}`;
  }),
  containerRule('no-cpu-limit', ({ resources }) => {
    const limit = resources?.limits?.['cpu'];
    return limit !== undefined && `it has a CPU limit of ${limit}`;
  }),
  podRule('bounded-empty-dir', ({ spec }) => {
    const endless = (spec.volumes ?? []).filter(
      ({ emptyDir }) => emptyDir !== undefined && emptyDir.sizeLimit === undefined,
    );
    return endless.length > 0 && `emptyDir ${endless[0]?.name} has no sizeLimit`;
  }),
  containerRule('probes', ({ init, startupProbe, livenessProbe, readinessProbe }, { longRunning }) => {
    if (init || !longRunning) return undefined;
    const named = Object.entries({ startupProbe, livenessProbe, readinessProbe });
    const missing = named.filter(([, probe]) => probe === undefined).map(([name]) => name);
    return missing.length > 0 && `no ${missing.join(', ')}`;
  }),
  containerRule('liveness-is-not-readiness', ({ livenessProbe, readinessProbe }) => {
    const question = (probe: typeof livenessProbe) => JSON.stringify([probe?.httpGet, probe?.exec]);
    return livenessProbe !== undefined && question(livenessProbe) === question(readinessProbe) && 'both ask the same';
  }),
  containerRule('probe-ports-declared', ({ ports = [], startupProbe, livenessProbe, readinessProbe }) => {
    const asked = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet?.port);
    const unknown = asked.filter(
      (port) => port !== undefined && !ports.some(({ name, containerPort }) => name === port || containerPort === port),
    );
    return unknown.length > 0 && `no port ${unknown.join(', ')} is declared`;
  }),
  podRule('two-replicas', ({ kind, manifest }) => {
    if (kind !== 'Deployment' && kind !== 'StatefulSet') return undefined;
    return ((manifest.spec as Template).replicas ?? 1) < 2 && 'one replica';
  }),
  podRule('rolling-update', ({ kind, manifest }) => {
    return (
      kind === 'Deployment' && (manifest.spec as Template).strategy?.type !== 'RollingUpdate' && 'no RollingUpdate'
    );
  }),
  podRule('spread-over-nodes', ({ kind, spec, manifest }) => {
    if (kind !== 'Deployment' || ((manifest.spec as Template).replicas ?? 1) < 2) return undefined;
    const spread = spec.topologySpreadConstraints !== undefined || spec.affinity?.podAntiAffinity !== undefined;
    return !spread && 'all replicas may land on one node';
  }),
  podRule('disruption-budget', ({ kind, labels, manifest }, { manifests }) => {
    if (kind !== 'Deployment' && kind !== 'StatefulSet') return undefined;
    const budget = manifests.find(
      (each) =>
        each.kind === 'PodDisruptionBudget' &&
        each.metadata.namespace === manifest.metadata.namespace &&
        selects((each.spec as Budget).selector?.matchLabels, labels),
    );
    return budget === undefined && 'no PodDisruptionBudget is about it';
  }),
  objectRule('budget-lets-drain', ['PodDisruptionBudget'], ({ spec }) => {
    const { maxUnavailable, unhealthyPodEvictionPolicy } = spec as Budget;
    if (maxUnavailable === undefined || maxUnavailable < 1) return 'it never lets a node be drained';
    return unhealthyPodEvictionPolicy !== 'AlwaysAllow' && 'a broken Pod holds up a drain';
  }),
  podRule('priority-class', ({ spec }) => spec.priorityClassName === undefined && 'no priorityClassName'),
  podRule('headless-service', ({ kind, manifest }, { manifests }) => {
    if (kind !== 'StatefulSet') return undefined;
    const { serviceName } = manifest.spec as Template;
    const service = manifests.find(
      (each) =>
        each.kind === 'Service' &&
        each.metadata.name === serviceName &&
        each.metadata.namespace === manifest.metadata.namespace,
    );
    return (
      (service?.spec as ServiceSpec | undefined)?.clusterIP !== 'None' &&
      `serviceName ${serviceName} is no headless Service`
    );
  }),
  objectRule('service-leads-somewhere', ['Service'], ({ metadata, spec }, { workloads }) => {
    const { selector, ports = [] } = spec as ServiceSpec;
    const targets = workloads.filter(
      ({ manifest, labels }) => manifest.metadata.namespace === metadata.namespace && selects(selector, labels),
    );
    if (targets.length === 0) return 'it selects no Pod of ours';
    const names = targets.flatMap(({ containers }) => containers.flatMap((each) => each.ports ?? []));
    const wrong = ports.filter(
      ({ targetPort }) => !names.some((p) => p.name === targetPort || p.containerPort === targetPort),
    );
    return wrong.length > 0 && `no container has the port ${wrong[0]?.targetPort}`;
  }),
  objectRule(
    'service-not-node-port',
    ['Service'],
    ({ spec }) => (spec as ServiceSpec).type === 'NodePort' && 'a NodePort',
  ),
  objectRule('budget-is-about-something', ['PodDisruptionBudget'], ({ metadata, spec }, { workloads }) => {
    const found = workloads.some(
      ({ manifest, labels }) =>
        manifest.metadata.namespace === metadata.namespace && selects((spec as Budget).selector?.matchLabels, labels),
    );
    return !found && 'it selects no Pod of ours';
  }),
  objectRule('cron-job-fields', ['CronJob'], ({ spec }) => {
    const { timeZone, startingDeadlineSeconds, concurrencyPolicy, jobTemplate } = spec as unknown as Cron;
    if (timeZone === undefined) return 'no timeZone';
    if (startingDeadlineSeconds === undefined || startingDeadlineSeconds < 10)
      return 'no startingDeadlineSeconds from 10';
    if (concurrencyPolicy === undefined) return 'no concurrencyPolicy';
    if (jobTemplate.spec.activeDeadlineSeconds === undefined)
      return 'no activeDeadlineSeconds: a stuck Job blocks the next';
    if (jobTemplate.spec.backoffLimit === undefined) return 'no backoffLimit';
    return jobTemplate.spec.ttlSecondsAfterFinished !== undefined && 'a TTL besides the history limits';
  }),
  podRule('job-restart-policy', ({ longRunning, spec }) => {
    return !longRunning && spec.restartPolicy !== 'Never' && `restartPolicy ${spec.restartPolicy} loses the logs`;
  }),
  objectRule('cron-job-name', ['CronJob'], ({ metadata }) => metadata.name.length > 52 && 'longer than 52 characters'),
  objectRule('own-namespace', [], ({ kind, metadata }) => {
    if (clusterScoped.includes(kind)) return undefined;
    return (
      (metadata.namespace === undefined || metadata.namespace === 'default') && 'it lives in the default namespace'
    );
  }),
  objectRule('current-api', [], ({ apiVersion, kind }) => {
    return !versions[apiVersion]?.includes(kind) && `${apiVersion} ${kind} is not in the list of current APIs`;
  }),
  objectRule('standard-labels', [], ({ kind, metadata }) => {
    if (kind === 'Namespace') return undefined;
    const missing = standardLabels.filter((label) => metadata.labels?.[label] === undefined);
    return missing.length > 0 && `no label ${missing.join(', ')}`;
  }),
  podRule('selector-is-template', ({ manifest, labels, longRunning }) => {
    const { selector } = manifest.spec as Template;
    return longRunning && !selects(selector?.matchLabels, labels) && 'its selector does not pick its own Pods';
  }),
  containerRule('no-duplicate-env', ({ env = [] }) => {
    return new Set(env.map(({ name }) => name)).size < env.length && 'a variable is set twice';
  }),
  podRule('no-service-links', ({ spec }) => spec.enableServiceLinks !== false && 'enableServiceLinks is not false'),
  containerRule('config-as-folder', ({ volumeMounts = [] }) => {
    return volumeMounts.some(({ subPath }) => subPath !== undefined) && 'a subPath is never updated';
  }),
  objectRule('resource-quota', ['Namespace'], ({ metadata }, { manifests }) => {
    const found = manifests.some((each) => each.kind === 'ResourceQuota' && each.metadata.namespace === metadata.name);
    return !found && 'no ResourceQuota';
  }),
  objectRule('pod-security-label', ['Namespace'], ({ metadata }) => {
    const level = metadata.labels?.['pod-security.kubernetes.io/enforce'];
    return level !== 'restricted' && `it enforces ${level}`;
  }),
];
