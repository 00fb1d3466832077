/** Where the stack lives and what its parts are called. Everything else is read from the objects themselves. */
export interface Stack {
  /** API, Redis and clean-up. */
  readonly namespace: string;
  /** The log collector, which needs a hostPath. */
  readonly nodeNamespace: string;
  readonly api: { readonly deployment: string; readonly service: string };
  readonly redis: {
    readonly statefulSet: string;
    readonly container: string;
    /** Secret with the password of {@link user}, under {@link passwordKey}. */
    readonly secret: string;
    readonly passwordKey: string;
    /** ACL user that may look at the server: CONFIG GET, INFO, CLIENT LIST. */
    readonly user: string;
  };
  readonly logCollector: { readonly daemonSet: string };
  readonly cleanup: { readonly cronJob: string };
}

/** The names in k8s/v0.2. */
export const defaultStack: Stack = {
  namespace: 'journey',
  nodeNamespace: 'journey-node',
  api: { deployment: 'api', service: 'api' },
  redis: { statefulSet: 'redis', container: 'redis', secret: 'redis-auth', passwordKey: 'admin', user: 'admin' },
  logCollector: { daemonSet: 'log-collector' },
  cleanup: { cronJob: 'cleanup-job' },
};

/** On every object that a run makes, so that the next run can remove what a crash left behind. */
export const canaryLabels = {
  managedBy: ['app.kubernetes.io/managed-by', 'journey-verify'],
  run: 'journey.example/verify-run',
  /** Annotation: milliseconds since the epoch after which nobody can still need the object. */
  expires: 'journey.example/verify-expires',
} as const;
