import type { PersistentVolumeClaim } from '../../../src/cluster/objects.ts';
import { judgeRedis } from '../../../src/verify/checks/redis/rd01-ready-on-current-revision.ts';
import { judgeHeadlessName } from '../../../src/verify/checks/redis/rd02-headless-name.ts';
import { judgeVolume } from '../../../src/verify/checks/redis/rd03-volume-under-data.ts';
import { judgeClients } from '../../../src/verify/checks/redis/rd04-clients-connect.ts';
import { judgeRunningConfig } from '../../../src/verify/checks/redis/rd05-running-config.ts';
import { judgePersistence } from '../../../src/verify/checks/redis/rd06-persistence-on.ts';
import { judgeMemory } from '../../../src/verify/checks/redis/rd07-memory-bounded.ts';
import { judgePassword } from '../../../src/verify/checks/redis/rd08-password-demanded.ts';
import { judgeSurvival } from '../../../src/verify/checks/redis/rd09-data-survives.ts';
import { answer, type Case, crashing, meta, pod, service, starting, statefulSet, unreached } from './objects.ts';

const at = { namespace: 'journey', name: 'redis' };

const name = {
  host: 'redis-0.redis-headless.journey.svc',
  podAddress: '10.1.0.5',
  addresses: ['10.1.0.5'],
  reason: '',
};
const headless = {
  namespace: 'journey',
  serviceName: 'redis-headless',
  service: service('redis-headless'),
  names: [name],
};

const withClaim = pod('redis-0', {
  containers: [{ name: 'redis', image: 'x', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
  spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-redis-0' } }] },
});
const claim = (phase: string): PersistentVolumeClaim => ({
  metadata: meta('data-redis-0'),
  spec: { volumeName: 'pv-1' },
  status: { phase },
});
const volume = { namespace: 'journey', pod: withClaim, claims: [claim('Bound')], dir: '/data' };

const api = [pod('api-a', { ip: '10.1.0.7' }), pod('api-b', { ip: '10.1.1.8' })];
const client = (address: string, user = 'api') => ({ address, user, name: '' });
const clients = { namespace: 'journey', apiPods: api, clients: [client('10.1.0.7'), client('10.1.1.8')] };

const conf = { map: 'redis-config', file: 'redis.conf', content: 'maxmemory 128mb\nmaxmemory-policy noeviction\n' };
const running = new Map([
  ['maxmemory', '134217728'],
  ['maxmemory-policy', 'noeviction'],
]);
const config = { namespace: 'journey', statefulSet: 'redis', files: [conf], running };

const info = new Map([
  ['aof_last_write_status', 'ok'],
  ['aof_last_bgrewrite_status', 'ok'],
  ['loading', '0'],
]);
const persistence = { namespace: 'journey', pod: 'redis-0', appendonly: 'yes', info };

const memory = { limit: '256Mi', maxmemory: '134217728', policy: 'noeviction' };

const value = { writtenAt: 1 };
const survival = {
  namespace: 'journey',
  pod: 'redis-0',
  value,
  back: true,
  recoveredMs: 7_000,
  answer: answer(200, { value }, { 'cache-status': 'journey-near; fwd=miss; stored; ttl=5; detail=store' }),
  claim: 'data-redis-0',
  sameClaim: true,
};

export const redisCases: readonly Case[] = [
  {
    id: 'RD01',
    facts: 'healthy',
    outcome: judgeRedis({ ...at, redis: statefulSet(), pods: [pod('redis-0')] }),
    status: 'pass',
  },
  {
    id: 'RD01',
    facts: 'no StatefulSet',
    outcome: judgeRedis({ ...at, redis: undefined, pods: [] }),
    status: 'fail',
    says: /there is none/,
  },
  {
    id: 'RD01',
    facts: 'scaled to 0',
    outcome: judgeRedis({ ...at, redis: statefulSet(0), pods: [] }),
    status: 'fail',
    says: /scale statefulset\/redis --replicas=1/,
  },
  {
    id: 'RD01',
    facts: 'crash loop',
    outcome: judgeRedis({ ...at, redis: statefulSet(), pods: [crashing('redis-0')] }),
    status: 'fail',
    says: /CrashLoopBackOff, last exit code 1/,
    progressing: false,
  },
  {
    id: 'RD01',
    facts: 'still starting',
    outcome: judgeRedis({ ...at, redis: statefulSet(), pods: [starting('redis-0')] }),
    status: 'fail',
    says: /ContainerCreating/,
    progressing: true,
  },
  {
    id: 'RD01',
    facts: 'rollback trap: template right, Pod on the old revision',
    outcome: judgeRedis({ ...at, redis: statefulSet(), pods: [crashing('redis-0', { revision: 'rev-1' })] }),
    status: 'fail',
    says: /67250.*delete pod redis-0/s,
  },
  {
    id: 'RD01',
    facts: 'a Pod is missing',
    outcome: judgeRedis({ ...at, redis: statefulSet(2), pods: [pod('redis-0')] }),
    status: 'fail',
    says: /1\/2/,
  },

  { id: 'RD02', facts: 'healthy', outcome: judgeHeadlessName(headless), status: 'pass' },
  {
    id: 'RD02',
    facts: 'no Service',
    outcome: judgeHeadlessName({ ...headless, service: undefined }),
    status: 'fail',
    says: /there is no Service redis-headless/,
  },
  {
    id: 'RD02',
    facts: 'Service with a clusterIP',
    outcome: judgeHeadlessName({ ...headless, service: service('redis-headless', { clusterIP: '10.96.0.9' }) }),
    status: 'fail',
    says: /10\.96\.0\.9.*cannot be changed/s,
  },
  {
    id: 'RD02',
    facts: 'name unknown',
    outcome: judgeHeadlessName({ ...headless, names: [{ ...name, addresses: [], reason: 'ENOTFOUND' }] }),
    status: 'fail',
    says: /ENOTFOUND/,
  },
  {
    id: 'RD02',
    facts: 'name leads elsewhere',
    outcome: judgeHeadlessName({ ...headless, names: [{ ...name, addresses: ['10.1.9.9'] }] }),
    status: 'fail',
    says: /10\.1\.9\.9/,
  },

  { id: 'RD03', facts: 'healthy', outcome: judgeVolume(volume), status: 'pass' },
  {
    id: 'RD03',
    facts: 'emptyDir',
    outcome: judgeVolume({ ...volume, pod: pod('redis-0', { spec: { volumes: [{ name: 'data', emptyDir: {} }] } }) }),
    status: 'fail',
    says: /emptyDir goes with its Pod/,
  },
  {
    id: 'RD03',
    facts: 'claim Pending',
    outcome: judgeVolume({ ...volume, claims: [claim('Pending')] }),
    status: 'fail',
    says: /Pending/,
    progressing: true,
  },
  {
    id: 'RD03',
    facts: 'claim Lost',
    outcome: judgeVolume({ ...volume, claims: [claim('Lost')] }),
    status: 'fail',
    says: /Lost/,
    progressing: false,
  },
  {
    id: 'RD03',
    facts: 'claim missing',
    outcome: judgeVolume({ ...volume, claims: [] }),
    status: 'fail',
    says: /missing/,
  },
  {
    id: 'RD03',
    facts: 'Redis writes beside the volume',
    outcome: judgeVolume({ ...volume, dir: '/database' }),
    status: 'fail',
    says: /every restart forgets/,
  },

  { id: 'RD04', facts: 'healthy', outcome: judgeClients(clients), status: 'pass' },
  {
    id: 'RD04',
    facts: 'one Pod has no connection',
    outcome: judgeClients({ ...clients, clients: [client('10.1.0.7')] }),
    status: 'fail',
    says: /none from api-b \(10\.1\.1\.8\)/,
  },
  { id: 'RD04', facts: 'no API Pod at all', outcome: judgeClients({ ...clients, apiPods: [] }), status: 'fail' },
  {
    id: 'RD04',
    facts: 'logged in as default',
    outcome: judgeClients({ ...clients, clients: [client('10.1.0.7', 'default'), client('10.1.1.8')] }),
    status: 'fail',
    says: /api-a.*as the user `default`/,
  },

  { id: 'RD05', facts: 'healthy', outcome: judgeRunningConfig(config), status: 'pass' },
  {
    id: 'RD05',
    facts: 'ConfigMap edited, Redis not restarted',
    outcome: judgeRunningConfig({ ...config, files: [{ ...conf, content: 'maxmemory-policy allkeys-lru' }] }),
    status: 'fail',
    says: /allkeys-lru.*maxmemory-policy noeviction.*rollout restart/s,
  },
  {
    id: 'RD05',
    facts: 'no ConfigMap mounted',
    outcome: judgeRunningConfig({ ...config, files: [] }),
    status: 'fail',
    says: /runs on defaults/,
  },

  { id: 'RD06', facts: 'healthy', outcome: judgePersistence(persistence), status: 'pass' },
  {
    id: 'RD06',
    facts: 'AOF off',
    outcome: judgePersistence({ ...persistence, appendonly: 'no' }),
    status: 'fail',
    says: /appendonly no/,
  },
  {
    id: 'RD06',
    facts: 'AOF cannot be written',
    outcome: judgePersistence({ ...persistence, info: new Map([...info, ['aof_last_write_status', 'err']]) }),
    status: 'fail',
    says: /aof_last_write_status: err/,
  },
  {
    id: 'RD06',
    facts: 'INFO without the fields',
    outcome: judgePersistence({ ...persistence, info: new Map() }),
    status: 'fail',
  },

  { id: 'RD07', facts: 'healthy', outcome: judgeMemory(memory), status: 'pass' },
  { id: 'RD07', facts: 'no bound', outcome: judgeMemory({ ...memory, maxmemory: '0' }), status: 'fail', says: /137/ },
  {
    id: 'RD07',
    facts: 'bound equals the limit',
    outcome: judgeMemory({ ...memory, maxmemory: String(256 * 2 ** 20) }),
    status: 'fail',
    says: /75 %/,
  },
  {
    id: 'RD07',
    facts: 'evicts any key',
    outcome: judgeMemory({ ...memory, policy: 'allkeys-lru' }),
    status: 'fail',
    says: /allkeys-lru/,
  },

  { id: 'RD08', facts: 'healthy', outcome: judgePassword('NOAUTH Authentication required.'), status: 'pass' },
  { id: 'RD08', facts: 'answers anybody', outcome: judgePassword('42'), status: 'fail', says: /42/ },
  {
    id: 'RD08',
    facts: 'no answer is not a refusal',
    outcome: judgePassword('Could not connect to Redis'),
    status: 'fail',
  },

  { id: 'RD09', facts: 'healthy', outcome: judgeSurvival(survival), status: 'pass' },
  {
    id: 'RD09',
    facts: 'does not come back',
    outcome: judgeSurvival({ ...survival, back: false, answer: undefined }),
    status: 'fail',
    says: /not Ready after 120 s/,
  },
  {
    id: 'RD09',
    facts: 'entry gone',
    outcome: judgeSurvival({
      ...survival,
      answer: answer(404, { code: 'key-not-found' }, { 'cache-status': 'journey-near; fwd=miss; detail=store' }),
    }),
    status: 'fail',
    says: /key-not-found/,
  },
  {
    id: 'RD09',
    facts: 'another value',
    outcome: judgeSurvival({
      ...survival,
      answer: answer(200, { value: { writtenAt: 2 } }, { 'cache-status': 'journey-near; fwd=miss; detail=store' }),
    }),
    status: 'fail',
  },
  {
    id: 'RD09',
    facts: 'answered from the API’s memory, which proves nothing',
    outcome: judgeSurvival({
      ...survival,
      answer: answer(200, { value }, { 'cache-status': 'journey-near; hit; ttl=3' }),
    }),
    status: 'fail',
    says: /journey-near; hit/,
  },
  {
    id: 'RD09',
    facts: 'API cannot be reached',
    outcome: judgeSurvival({ ...survival, answer: unreached }),
    status: 'fail',
  },
  {
    id: 'RD09',
    facts: 'claim made anew',
    outcome: judgeSurvival({ ...survival, sameClaim: false }),
    status: 'fail',
    says: /made anew/,
  },
];
