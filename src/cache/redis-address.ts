import { JourneyError } from '../errors/journey-error.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  /** `rediss://`: TLS, with the server's certificate verified against the host's name. */
  readonly tls: boolean;
}

/**
 * Reads `redis://host:port/database`, or `rediss://` for TLS; port and database may be left out.
 *
 * @throws JourneyError `config-invalid`. `tcp://` gets its own hint: a Kubernetes Service named `redis` injects
 * `REDIS_PORT=tcp://…` into every Pod of its namespace (redis/docker-library-redis#53).
 */
export function parseRedisAddress(text: string): RedisAddress {
  const refuse = (reason: string): JourneyError =>
    new JourneyError('config-invalid', { source: 'store.redis.url', reason });
  const url = URL.parse(text);
  if (url === null) throw refuse(`'${text}' is not a URL; write redis://host:port/database`);
  if (url.protocol === 'tcp:') {
    throw refuse('tcp:// is what Kubernetes service links inject; write redis://, and set enableServiceLinks: false');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw refuse(`only redis:// and rediss:// (TLS) are supported, not ${url.protocol}//`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('credentials in the URL would show up in logs; use store.redis.user and store.redis.passwordFile');
  }
  if (url.hostname === '') throw refuse('the host is missing; write redis://host:port/database');
  if (!/^(\/\d{0,5})?$/.test(url.pathname)) throw refuse(`database '${url.pathname.slice(1)}' is not a number`);
  if (url.search !== '' || url.hash !== '') throw refuse('nothing may follow the database number');
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    database: Number(url.pathname.slice(1)),
    tls: url.protocol === 'rediss:',
  };
}
