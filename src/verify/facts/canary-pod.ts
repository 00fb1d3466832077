import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';

export interface StartPodOptions {
  readonly name: string;
  /** An image that is on the node already and has node in it. */
  readonly image: string;
  readonly nodeName: string;
  /** JavaScript to run; the Pod ends with it. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly activeDeadlineSeconds?: number;
}

/** Starts a Pod that runs a few lines and ends. */
export function startPod(context: CheckContext, { name, ...options }: StartPodOptions): Promise<Pod> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpecOf(options) };
  return context.canaries.create<Pod>('pods', context.stack.namespace, pod, context.signal);
}

/** Allowed by Pod Security's `restricted`, as everything in the namespace. */
export function podSpecOf(options: Omit<StartPodOptions, 'name'>): object {
  const { image, nodeName, script, args = [], activeDeadlineSeconds = 120 } = options;
  return {
    // Past the scheduler: the question is about this node, and only there.
    nodeName,
    restartPolicy: 'Never',
    activeDeadlineSeconds,
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'canary',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '--eval', script, '--', ...args],
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '500m', memory: '96Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}
