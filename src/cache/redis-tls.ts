import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Text } from '../i18n/messages.ts';
import type { RedisAddress } from './redis-address.ts';

/** PEM files, read again at every connection, so that renewed certificates need no restart. Empty: not used. */
export interface RedisTlsFiles {
  /** Who may have signed the server's certificate; empty: the authorities Node trusts. */
  readonly caFile: string;
  /** Our own certificate and key, for a server that asks for one (`tls-auth-clients`, on by default in Redis). */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What the socket needs to speak TLS to this address. @throws JourneyError `store-tls` for a file that is of no use. */
export async function tlsSocketOptions({ host }: RedisAddress, files: RedisTlsFiles) {
  const [ca, cert, key] = await Promise.all([read(files, 'caFile'), read(files, 'certFile'), read(files, 'keyFile')]);
  return {
    tls: true as const,
    secureContext: secureContext(ca, cert, key),
    // Node sends no server name by itself (RFC 6066 §3 forbids it for addresses), and shared front ends choose by it.
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}

async function read(files: RedisTlsFiles, name: keyof RedisTlsFiles): Promise<Buffer | undefined> {
  if (files[name] === '') return undefined;
  try {
    return await readFile(files[name]);
  } catch (error) {
    const why = reasonOf(error);
    throw failure({ en: `${name} cannot be read: ${why}`, zh: `无法读取 ${name}：${why}` }, error);
  }
}

function secureContext(ca: Buffer | undefined, cert: Buffer | undefined, key: Buffer | undefined): SecureContext {
  let files = 'caFile';
  try {
    // OpenSSL passes over what is no certificate, and then trusts nobody.
    if (ca !== undefined) new X509Certificate(ca);
    files = 'certFile, keyFile';
    return createSecureContext({ ca, cert, key });
  } catch (error) {
    const why = reasonOf(error);
    throw failure({ en: `${files} cannot be used: ${why}`, zh: `${files} 无法使用：${why}` }, error);
  }
}

/** Codes of Node and OpenSSL that say the same to a user. */
const meanings: readonly (readonly [RegExp, Text])[] = [
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|VERIFY_LEAF_SIGNATURE)|CERT_(UNTRUSTED|SIGNATURE_FAILURE)|INVALID_CA)$/,
    {
      en: 'its certificate is signed by nobody we trust; name the signer’s certificate in caFile',
      zh: '其证书的签发者不受信任；请在 caFile 中指定签发者的证书',
    },
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    { en: 'its certificate has expired; renew it on the server', zh: '其证书已过期；请在服务器上更新' },
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    { en: 'its certificate is not valid yet; compare the clocks', zh: '其证书尚未生效；请核对两端的时钟' },
  ],
  [
    /^ERR_SSL_.*(ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE))/,
    {
      en: 'it wants a certificate of ours that it trusts; set certFile and keyFile',
      zh: '它要求受其信任的客户端证书；请设置 certFile 与 keyFile',
    },
  ],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    {
      en: 'what answers at this port does not speak TLS; write redis://, or give the port that does',
      zh: '该端口的服务不使用 TLS；请改写为 redis://，或换用支持 TLS 的端口',
    },
  ],
];

/** A failure to connect, said in the user's terms if it is TLS that failed; anything else as it is. */
export function tlsFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const why = reasonOf(error);
    return failure({ en: `its certificate is for another name: ${why}`, zh: `其证书属于其他名称：${why}` }, error);
  }
  const meaning = meanings.find(([codes]) => codes.test(code))?.[1];
  if (meaning === undefined) return error;
  return failure({ en: `${meaning.en} (${code})`, zh: `${meaning.zh}（${code}）` }, error);
}

function failure(reason: Text, cause: unknown): JourneyError {
  return new JourneyError('store-tls', { store: 'Redis', reason }, { cause });
}
