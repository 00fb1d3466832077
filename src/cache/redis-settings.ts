import { JourneyError } from '../errors/journey-error.ts';
import type { StoreSettings } from './config.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';

type RedisSettings = Pick<StoreSettings['redis'], 'url' | 'user' | 'passwordFile' | 'caFile' | 'certFile' | 'keyFile'>;

/** The address, when the settings agree with each other. @throws JourneyError `config-invalid` for what can never work. */
export function checkedRedisAddress(settings: RedisSettings): RedisAddress {
  const { url, user, passwordFile, caFile, certFile, keyFile } = settings;
  const refuse = (name: string, reason: string): JourneyError =>
    new JourneyError('config-invalid', { source: `store.redis.${name}`, reason });
  const address = parseRedisAddress(url);
  if (user !== '' && passwordFile === '') {
    // Without a password the client would not log in at all: that is the user `default`, who may do everything.
    throw refuse('user', `user '${user}' needs a password; name its file in store.redis.passwordFile`);
  }
  if ((certFile === '') !== (keyFile === '')) {
    throw refuse(
      certFile === '' ? 'certFile' : 'keyFile',
      'a certificate and its key are named together or not at all',
    );
  }
  if (!address.tls && (caFile !== '' || certFile !== '')) {
    // Whoever names certificates believes the connection to be encrypted.
    throw refuse('url', 'certificates are named, but redis:// does not use TLS; write rediss://');
  }
  return address;
}
