import { parseDocument } from 'yaml';
import type { Container, PodTemplate } from '../../../src/cluster/objects.ts';
import type { CheckId } from '../../../src/verify/check.ts';

/** An object of the stack, `deployment/api` in `journey`. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace: string;
}

// biome-ignore lint/suspicious/noExplicitAny: an object as the API server gave it, to be spoilt at will
type Anything = any;

/** One thing done to a healthy stack; each can be undone without knowing what else was done. */
export type Step =
  /** Changed in place, put back as it was. */
  | {
      readonly edit: ObjectRef;
      readonly change: (object: Anything) => void;
      /** An object that only some overlays have. */
      readonly ifPresent?: true;
    }
  /** Commands for the server, as its admin. */
  | { readonly redis: readonly string[]; readonly undo: readonly string[] }
  | { readonly create: Anything }
  | {
      readonly kubectl: readonly string[];
      readonly undo?: readonly string[];
      /** Undone when everything else is: a restart that would read what is about to be put back. */
      readonly undoLast?: true;
    };

/** A real fault and the check that must notice it. */
export interface Fault {
  readonly turnsRed: CheckId;
  readonly what: string;
  readonly steps: readonly Step[];
}

/** Faults that do not disturb one another, injected and judged together, because a cluster takes its time. */
export interface Round {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Its checks need `--disruptive`. */
  readonly disruptive?: true;
}

const inJourney = (name: string): ObjectRef => ({ name, namespace: 'journey' });
const inNode = (name: string): ObjectRef => ({ name, namespace: 'journey-node' });

const api = inJourney('deployment/api');
const apiConfig = inJourney('configmap/api-config');
const apiService = inJourney('service/api');
const redis = inJourney('statefulset/redis');
const redisConfig = inJourney('configmap/redis-config');
const collector = inNode('daemonset/log-collector');
const collectorConfig = inNode('configmap/log-collector-config');
const cleanup = inJourney('cronjob/cleanup-job');
const cleanupConfig = inJourney('configmap/cleanup-job-config');

/** Sets a value in the YAML file of a ConfigMap. */
const setting =
  (path: readonly string[], value: unknown) =>
  (map: Anything): void => {
    const document = parseDocument(map.data['config.yaml']);
    document.setIn(path, value);
    map.data['config.yaml'] = document.toString();
  };

/** Changes the first container of a workload's Pods. */
const container =
  (change: (c: Anything, template: PodTemplate) => void) =>
  (workload: Anything): void => {
    const template = workload.spec.jobTemplate?.spec.template ?? workload.spec.template;
    change(template.spec.containers[0] as Container, template);
  };

const env =
  (name: string, value: string) =>
  (c: Anything): void => {
    c.env = [...c.env.filter((e: Anything) => e.name !== name), { name, value }];
  };

const annotation = (name: string, value: string) => (workload: Anything) => {
  workload.spec.template.metadata.annotations[name] = value;
};

const restart = ({ name, namespace }: ObjectRef): Step => {
  const command = ['--namespace', namespace, 'rollout', 'restart', name];
  return { kubectl: command, undo: command, undoLast: true };
};

/** Of runs before the fault; those that fell into it go after the round. */
const deleteJobs: Step = { kubectl: ['--namespace', 'journey', 'delete', 'jobs', '--all', '--wait=false'] };

/** Every check, turned red by something that happens to real stacks. */
export const rounds: readonly Round[] = [
  {
    name: 'edits that restart nothing',
    faults: [
      {
        turnsRed: 'RD02',
        what: 'the headless Service selects nobody',
        steps: [
          {
            edit: inJourney('service/redis-headless'),
            change: (s) => {
              s.spec.selector = { 'app.kubernetes.io/name': 'nobody' };
            },
          },
        ],
      },
      {
        turnsRed: 'RD05',
        what: 'redis.conf edited in the ConfigMap, Redis not restarted',
        steps: [
          {
            edit: redisConfig,
            change: (m) => {
              m.data['redis.conf'] = m.data['redis.conf'].replace(
                'maxmemory-policy noeviction',
                'maxmemory-policy volatile-lru',
              );
            },
          },
        ],
      },
      {
        turnsRed: 'RD06',
        what: 'somebody switched the append-only file off',
        steps: [{ redis: ['CONFIG SET appendonly no'], undo: ['CONFIG SET appendonly yes'] }],
      },
      {
        turnsRed: 'RD07',
        what: 'somebody lifted the memory bound',
        steps: [{ redis: ['CONFIG SET maxmemory 0'], undo: ['CONFIG SET maxmemory 134217728'] }],
      },
      {
        turnsRed: 'RD08',
        what: 'the default user lets everybody in',
        steps: [{ redis: ['ACL SETUSER default on nopass'], undo: ['ACL SETUSER default off resetpass'] }],
      },
      {
        turnsRed: 'AP04',
        what: 'the near cache is off',
        steps: [{ edit: apiConfig, change: setting(['cache', 'nearTtlSeconds'], 0) }],
      },
      {
        turnsRed: 'CJ02',
        what: 'the clean-up logs in as nobody',
        steps: [{ edit: cleanupConfig, change: setting(['store', 'redis', 'user'], 'nobody') }],
      },
      {
        turnsRed: 'CJ04',
        what: 'runs may overlap',
        steps: [
          {
            edit: cleanup,
            change: (c) => {
              c.spec.concurrencyPolicy = 'Allow';
            },
          },
        ],
      },
      {
        turnsRed: 'LC05',
        what: 'NetworkPolicies keep everybody from the collectors',
        steps: [
          {
            create: {
              apiVersion: 'networking.k8s.io/v1',
              kind: 'NetworkPolicy',
              metadata: { name: 'verify-fault', namespace: 'journey-node' },
              spec: { podSelector: {}, policyTypes: ['Ingress'] },
            },
          },
          {
            // Policies only add: what this one lets in, another cannot keep out.
            edit: inNode('networkpolicy/metrics-from-anywhere'),
            ifPresent: true,
            change: (p) => {
              p.spec.podSelector = { matchLabels: { 'app.kubernetes.io/name': 'nobody' } };
            },
          },
        ],
      },
      { turnsRed: 'TE04', what: 'and so nobody knows how much memory they use', steps: [] },
    ],
  },
  {
    name: 'a broken Service, a refused reload, missing rights, collectors without a token',
    faults: [
      {
        turnsRed: 'AP02',
        what: 'the Service sends to a port nobody listens on',
        steps: [
          {
            edit: apiService,
            change: (s) => {
              s.spec.ports[0].targetPort = 9999;
            },
          },
        ],
      },
      { turnsRed: 'AP08', what: 'and so no endpoint answers', steps: [] },
      {
        turnsRed: 'AP05',
        what: 'the ACL user of the API may not run scripts',
        steps: [{ redis: ['ACL SETUSER api -eval -evalsha'], undo: ['ACL SETUSER api +eval +evalsha'] }],
      },
      {
        turnsRed: 'AP07',
        what: 'a typo in the ConfigMap',
        steps: [{ edit: apiConfig, change: setting(['cahce'], { nearTtlSeconds: 1 }) }],
      },
      // Not with LC06, whose Pods the admission policy refuses: that rollout stands still after the first node.
      {
        turnsRed: 'LC08',
        what: 'the collectors find no token to show to the API server',
        steps: [{ edit: collector, change: container(env('JOURNEY_METADATA_TOKEN_FILE', '/etc/journey/none')) }],
      },
      {
        turnsRed: 'CJ01',
        what: 'the CronJob is suspended',
        steps: [
          {
            edit: cleanup,
            change: (c) => {
              c.spec.suspend = true;
            },
          },
        ],
      },
    ],
  },
  {
    name: 'the API is locked out, the clean-up fails and is silent',
    faults: [
      {
        turnsRed: 'RD04',
        what: 'the ACL user of the API is off',
        steps: [{ redis: ['ACL SETUSER api off', 'CLIENT KILL USER api'], undo: ['ACL SETUSER api on'] }],
      },
      { turnsRed: 'AP03', what: 'and so its store is down', steps: [] },
      {
        turnsRed: 'CJ03',
        what: 'the clean-up logs nothing',
        steps: [deleteJobs, { edit: cleanupConfig, change: setting(['logLevel'], 'silent') }],
      },
      {
        turnsRed: 'LC06',
        what: 'the node’s logs are writable',
        steps: [
          {
            edit: collector,
            change: container((c) => {
              const logs = c.volumeMounts.find((m: Anything) => m.mountPath === '/var/log/pods');
              delete logs.recursiveReadOnly;
              logs.readOnly = false;
            }),
          },
        ],
      },
    ],
  },
  {
    name: 'API Pods rolled out from a bad template',
    faults: [
      {
        turnsRed: 'AP06',
        what: 'an environment variable overrides the file',
        steps: [
          {
            edit: api,
            change: (d) => {
              container(env('JOURNEY_CACHE_NEAR_TTL_SECONDS', '60'))(d);
              container(env('NODE_DEBUG', 'net'))(d);
              annotation('prometheus.io/scrape', 'false')(d);
              container((c) => {
                delete c.resources.limits.memory;
                c.livenessProbe.httpGet.path = '/readyz';
              })(d);
            },
          },
        ],
      },
      { turnsRed: 'TE03', what: 'no memory limit (same template)', steps: [] },
      { turnsRed: 'TE05', what: 'liveness asks what readiness asks (same template)', steps: [] },
      { turnsRed: 'TE07', what: 'NODE_DEBUG prints lines that are no JSON (same template)', steps: [] },
      { turnsRed: 'TE08', what: 'no longer marked for scraping (same template)', steps: [] },
      {
        turnsRed: 'LC03',
        what: 'the collectors look in a folder without logs',
        steps: [
          { edit: collectorConfig, change: setting(['logs', 'root'], '/etc/journey') },
          { edit: collector, change: annotation('prometheus.io/scrape', 'false') },
        ],
      },
      { turnsRed: 'LC02', what: 'and so they follow nobody', steps: [] },
      { turnsRed: 'LC04', what: 'the collectors are no longer marked for scraping', steps: [] },
    ],
  },
  {
    name: 'workloads that cannot be',
    faults: [
      {
        turnsRed: 'RD01',
        what: 'Redis scaled to 0',
        steps: [
          {
            edit: redis,
            change: (s) => {
              s.spec.replicas = 0;
            },
          },
        ],
      },
      {
        turnsRed: 'AP01',
        what: 'an image that does not exist',
        steps: [
          {
            edit: api,
            change: container((c) => {
              c.image = 'localhost/journey-api:no-such-tag';
            }),
          },
        ],
      },
      { turnsRed: 'TE01', what: 'and so a Pod that cannot start', steps: [] },
      {
        turnsRed: 'LC01',
        what: 'a nodeSelector asks for a label that no node has',
        steps: [
          {
            edit: collector,
            change: (d) => {
              d.spec.template.spec.nodeSelector = { 'journey.example/logs': 'yes' };
            },
          },
        ],
      },
    ],
  },
  {
    name: 'data beside the volume, a container that ended',
    faults: [
      {
        turnsRed: 'RD03',
        what: 'an emptyDir where Redis writes, the claim mounted beside it',
        steps: [
          {
            edit: redis,
            change: container((c, template: Anything) => {
              const data = c.volumeMounts.find((m: Anything) => m.name === 'data');
              data.mountPath = '/elsewhere';
              c.volumeMounts.push({ name: 'scratch', mountPath: '/data' });
              template.spec.volumes.push({ name: 'scratch', emptyDir: {} });
            }),
          },
        ],
      },
      {
        turnsRed: 'TE02',
        what: 'an API container was stopped',
        steps: [
          {
            kubectl: ['--namespace', 'journey', 'exec', 'deployment/api', '--', 'node', '--eval', 'process.kill(1)'],
            undo: ['--namespace', 'journey', 'rollout', 'restart', 'deployment/api'],
          },
        ],
      },
      {
        turnsRed: 'CJ05',
        what: 'the scheduled run fails',
        steps: [
          {
            edit: cleanup,
            change: (c) => {
              c.spec.schedule = '* * * * *';
              container(env('JOURNEY_LOG_LEVEL', 'no-such-level'))(c);
            },
          },
          deleteJobs,
        ],
      },
    ],
  },
  {
    name: 'data that a restart forgets',
    disruptive: true,
    faults: [
      {
        turnsRed: 'RD09',
        // valkey-io/valkey#3983: the append-only file is replayed as the default user, whose EXEC is then refused.
        what: 'the default user is off and may do nothing: transactions in the append-only file are not replayed',
        steps: [
          {
            edit: redisConfig,
            change: (m) => {
              m.data['users.acl'] = m.data['users.acl'].replace(
                /^user default .*$/m,
                'user default off resetkeys resetchannels -@all',
              );
            },
          },
          restart(redis),
        ],
      },
    ],
  },
  {
    name: 'a configuration file that never changes; retried when it should not be and not when it should',
    disruptive: true,
    faults: [
      {
        turnsRed: 'AP09',
        what: 'mounted with subPath',
        steps: [
          {
            edit: api,
            change: container((c) => {
              const mount = c.volumeMounts.find((m: Anything) => m.mountPath === '/etc/journey');
              mount.mountPath = '/etc/journey/config.yaml';
              mount.subPath = 'config.yaml';
            }),
          },
        ],
      },
      { turnsRed: 'AP10', what: 'and so a bad one is not noticed either', steps: [] },
      {
        turnsRed: 'CJ06',
        what: 'no podFailurePolicy',
        steps: [
          {
            edit: cleanup,
            change: (c) => {
              delete c.spec.jobTemplate.spec.podFailurePolicy;
              c.spec.jobTemplate.spec.backoffLimit = 0;
            },
          },
        ],
      },
      { turnsRed: 'CJ07', what: 'backoffLimit 0', steps: [] },
    ],
  },
  {
    name: 'a schedule whose runs fail; a node that cannot be drained',
    disruptive: true,
    faults: [
      {
        turnsRed: 'CJ08',
        what: 'a setting that is not valid',
        steps: [{ edit: cleanup, change: container(env('JOURNEY_LOG_LEVEL', 'no-such-level')) }],
      },
      {
        turnsRed: 'TE09',
        what: 'a PodDisruptionBudget that allows nothing',
        steps: [
          {
            edit: inJourney('pdb/api'),
            change: (p) => {
              delete p.spec.minAvailable;
              p.spec.maxUnavailable = 0;
            },
          },
        ],
      },
    ],
  },
  {
    name: 'liveness that depends on Redis; a collector that forgets where it was',
    disruptive: true,
    faults: [
      {
        turnsRed: 'TE06',
        what: 'the liveness probe asks for Redis',
        steps: [
          { edit: apiConfig, change: setting(['readiness', 'requireStore'], true) },
          {
            edit: api,
            change: container((c) => {
              c.livenessProbe = {
                httpGet: { path: '/readyz', port: 'http' },
                periodSeconds: 3,
                failureThreshold: 2,
                timeoutSeconds: 2,
              };
            }),
          },
        ],
      },
      {
        turnsRed: 'LC07',
        what: 'its position lies in the Pod, and it begins at the end',
        steps: [
          { edit: collectorConfig, change: setting(['logs', 'startAt'], 'end') },
          {
            edit: collector,
            change: (d) => {
              const state = d.spec.template.spec.volumes.find((v: Anything) => v.name === 'state');
              delete state.hostPath;
              state.emptyDir = {};
            },
          },
        ],
      },
    ],
  },
];
