import type { Manifest } from '../../../src/stack/manifest.ts';
import { podTemplateOf } from '../../../src/stack/render.ts';

/** What the rules read of a Pod; everything may be missing, that is what they are for. */
export interface Spec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly restartPolicy?: string;
  readonly priorityClassName?: string;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly affinity?: { readonly podAntiAffinity?: unknown };
  readonly securityContext?: SecurityContext & { readonly sysctls?: readonly unknown[] };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly VolumeSource[];
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly seccompProfile?: { readonly type?: string };
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly procMount?: string;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom?: readonly object[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly hostPort?: number }[];
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly volumeMounts?: readonly Mount[];
}

export type Quantities = Readonly<Record<string, string | number>>;

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: string | number; readonly host?: string };
  readonly exec?: { readonly command: readonly string[] };
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface VolumeSource {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly projected?: {
    readonly sources?: readonly { readonly serviceAccountToken?: { readonly expirationSeconds?: number } }[];
  };
  readonly downwardAPI?: object;
  readonly persistentVolumeClaim?: object;
}

/** One object that makes Pods, with its Pod at hand. */
export interface Workload {
  readonly manifest: Manifest;
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Spec;
  /** Whether its Pods run on until somebody stops them. */
  readonly longRunning: boolean;
  /** Init containers first. */
  readonly containers: readonly (Container & { readonly init: boolean })[];
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template = podTemplateOf(manifest);
    if (template === undefined) return [];
    const spec = template.spec as unknown as Spec;
    const containers = [
      ...(spec.initContainers ?? []).map((container) => ({ ...container, init: true })),
      ...spec.containers.map((container) => ({ ...container, init: false })),
    ];
    const { kind, metadata } = manifest;
    const longRunning = !['Job', 'CronJob'].includes(kind);
    const labels = template.metadata?.labels ?? {};
    return [{ manifest, kind, name: metadata.name, labels, spec, longRunning, containers }];
  });
}

/** Whether a label selector picks these labels. An empty selector picks nothing here, though Kubernetes says everything. */
export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>>,
) {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

/** `Deployment journey/api`. */
export function nameOf({ kind, metadata }: Manifest): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}

const binary: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };

/** Bytes, or cores. @throws for what is not a quantity. */
export function quantity(value: string | number): number {
  const [, digits, unit = ''] = /^([0-9.]+)(m|Ki|Mi|Gi|k|M|G)?$/.exec(String(value)) ?? [];
  if (digits === undefined) throw new Error(`not a quantity: ${value}`);
  return unit === 'm' ? Number(digits) / 1000 : Number(digits) * (binary[unit] ?? 1);
}
