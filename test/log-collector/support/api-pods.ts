import type { ApiPod } from '../../../src/log-collector/metadata/pod-metadata.ts';

const filler = (bytes: number) => 'x'.repeat(bytes);

/** What a Pod in practice has besides what the collector looks at: some 10 kB. */
function usual(name: string) {
  const env = Array.from({ length: 40 }, (_, i) => ({ name: `SETTING_${i}`, value: `${filler(40)} "quoted" \\ {[` }));
  const fields = Object.fromEntries(
    env.map((each) => [`k:{"name":"${each.name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
  );
  return {
    managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      fieldsV1: { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:env': fields } } } },
    })),
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: `example.com/${name}@sha256:${filler(64)}`, env }],
    },
  };
}

export type Size = 'usual' | 'annotated' | 'biggest';

export interface ApiPodOptions {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /**
   * `annotated`: annotations of 256 KiB, the most that the API server takes. `biggest`: close to the 1.5 MiB that etcd
   * takes, in small pieces, which cost most when parsed.
   */
  readonly size: Size;
}

/** A Pod as the API server sends it, with all that the collector has no use for. */
export function apiPod({ uid, labels, size }: ApiPodOptions): ApiPod {
  const { managedFields, spec } = usual(uid);
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `N${i}`, value: `${i}é` }));
  return {
    metadata: {
      uid,
      namespace: 'shop',
      labels,
      annotations: { 'example.com/note': 'kept', ...(size === 'annotated' ? bigAnnotations : {}) },
      ownerReferences: [{ kind: 'StatefulSet', name: 'many', controller: true }],
      managedFields,
    },
    spec: size === 'biggest' ? { ...spec, containers: [{ ...spec.containers[0], env: many(38_000) }] } : spec,
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', message: filler(200) }],
      containerStatuses: [{ name: 'main', restartCount: 0, imageID: filler(100), state: { running: {} } }],
    },
  } as unknown as ApiPod;
}

const bigAnnotations = {
  'example.com/whole': filler(160 * 1_024),
  ...Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`example.com/part-${i}`, filler(1_024)])),
};
