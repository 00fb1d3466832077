import { JourneyError } from '../../errors/journey-error.ts';
import type { Preflight } from '../cleanup-store.ts';
import type { RedisSession } from './redis-session.ts';

type Asking = Pick<RedisSession, 'command'>;

/** One section of INFO as name → value. Redis answers INFO also while it is loading. */
export async function infoOf(redis: Asking, section: string): Promise<ReadonlyMap<string, string>> {
  const text = String(await redis.command(['INFO', section]));
  const lines = text.split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/**
 * Looks before it leaps: loading, role, Cluster, forks, user.
 * @throws JourneyError `store-unavailable` (loading), `store-failing-over`, `store-is-replica`, `store-unsuited`.
 */
export async function preflight(redis: Asking): Promise<Preflight> {
  const server = await infoOf(redis, 'server');
  const persistence = await infoOf(redis, 'persistence');
  const replication = await infoOf(redis, 'replication');
  const cluster = await infoOf(redis, 'cluster');
  if (persistence.get('loading') === '1') {
    const left = persistence.get('loading_eta_seconds');
    const eta = left === undefined ? '' : `, about ${left} s left`;
    throw new JourneyError('store-unavailable', { store: 'Redis', reason: `it is loading its data from disk${eta}` });
  }
  refuseCluster(cluster);
  refuseReplica(replication);
  return {
    instance: server.get('run_id') ?? '',
    warnings: [...forkWarnings(persistence), ...(await userWarnings(redis))],
  };
}

function refuseCluster(cluster: ReadonlyMap<string, string>): void {
  if (cluster.get('cluster_enabled') === '1') {
    const reason = 'it is a Redis Cluster, where each node would have to be scanned by itself, which is not built yet';
    throw new JourneyError('store-unsuited', { store: 'Redis', reason });
  }
}

/** Replicas do not expire keys by themselves (redis/redis#5964: 10.8 M keys beside the master's 113 k). */
function refuseReplica(replication: ReadonlyMap<string, string>): void {
  if (replication.get('role') === 'master') return;
  const master = `${replication.get('master_host')}:${replication.get('master_port')}`;
  // With the link up the address is simply the wrong one, and no retry will mend that.
  const failingOver = replication.get('master_link_status') !== 'up';
  throw new JourneyError(failingOver ? 'store-failing-over' : 'store-is-replica', { master });
}

function forkWarnings(persistence: ReadonlyMap<string, string>): string[] {
  const saving =
    persistence.get('rdb_bgsave_in_progress') === '1' || persistence.get('aof_rewrite_in_progress') === '1';
  return saving ? ['Redis is saving in a child process: changed pages are copied, so memory may rise for a while'] : [];
}

async function userWarnings(redis: Asking): Promise<string[]> {
  // A user without `+acl|whoami` is not the all-powerful default user.
  const user = await redis.command(['ACL', 'WHOAMI']).catch(() => undefined);
  if (user !== 'default') return [];
  return ['connected as the ACL user `default`, which may do everything; give the clean-up a user of its own'];
}
