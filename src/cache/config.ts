import type { Static } from 'typebox';
import * as Type from 'typebox';
import { setting } from '../config/schema.ts';

/** Where the data lives. Every setting needs a restart: a store is never changed under running requests. */
export const storeSettings = Type.Object({
  kind: setting(Type.Enum(['sqlite', 'redis'], { default: 'sqlite' }), {
    en: 'Where entries live: `sqlite`, a file on this machine, or `redis`, a server shared by every replica.',
    zh: '数据存放在哪里：`sqlite` 是本机的一个文件，`redis` 是所有副本共享的服务器。',
    restart: true,
  }),
  sqlite: Type.Object({
    file: setting(Type.String({ default: '.journey/data/journey.sqlite', minLength: 1 }), {
      en: 'Path of the SQLite file. Its folder is created when missing.',
      zh: 'SQLite 文件的路径；所在目录不存在时会自动创建。',
      restart: true,
    }),
    busyTimeoutMs: setting(Type.Integer({ default: 2_000, minimum: 0, maximum: 60_000 }), {
      en: 'How long a write waits for another process that is writing the same file, in milliseconds.',
      zh: '另一个进程正在写同一文件时，写操作最多等待的毫秒数。',
      restart: true,
    }),
  }),
  redis: Type.Object({
    url: setting(Type.String({ default: 'redis://127.0.0.1:6379/0', minLength: 1 }), {
      en: 'Address as `redis://host:port/database`, or `rediss://…` for TLS. Credentials do not belong here: see `user` and `passwordFile`.',
      zh: '地址，形如 `redis://host:port/database`；使用 TLS 时写作 `rediss://…`。不要在此写凭据：请使用 `user` 与 `passwordFile`。',
      restart: true,
    }),
    user: setting(Type.String({ default: '' }), {
      en: 'ACL user; empty for the user named `default`.',
      zh: 'ACL 用户；留空表示名为 `default` 的用户。',
      restart: true,
    }),
    passwordFile: setting(Type.String({ default: '' }), {
      en: 'File that holds the password, read again at every connection, so that a rotated Secret needs no restart. Empty for none.',
      zh: '存放密码的文件；每次建立连接时重新读取，因此轮换 Secret 无需重启。留空表示没有密码。',
      restart: true,
    }),
    caFile: setting(Type.String({ default: '' }), {
      en: 'With `rediss://`: PEM file with the certificates of those who may have signed the server’s; empty for the authorities Node trusts. Read again at every connection.',
      zh: '使用 `rediss://` 时：PEM 文件，包含可签发服务器证书的 CA 证书；留空表示使用 Node 信任的 CA。每次建立连接时重新读取。',
      restart: true,
    }),
    certFile: setting(Type.String({ default: '' }), {
      en: 'With `rediss://`: PEM file with our own certificate, for a server that asks for one (`tls-auth-clients`). Read again at every connection.',
      zh: '使用 `rediss://` 时：PEM 文件，内含客户端证书，供要求客户端证书的服务器（`tls-auth-clients`）校验。每次建立连接时重新读取。',
      restart: true,
    }),
    keyFile: setting(Type.String({ default: '' }), {
      en: 'PEM file with the private key of `certFile`.',
      zh: 'PEM 文件，内含 `certFile` 对应的私钥。',
      restart: true,
    }),
    commandTimeoutMs: setting(Type.Integer({ default: 250, minimum: 1, maximum: 60_000 }), {
      en: 'Longest wait for the answer to one command, in milliseconds.',
      zh: '等待单个命令应答的最长时间（毫秒）。',
      restart: true,
    }),
    connectTimeoutMs: setting(Type.Integer({ default: 2_000, minimum: 1, maximum: 60_000 }), {
      en: 'Longest time for one connection attempt, from the DNS lookup to the accepted password, in milliseconds.',
      zh: '单次建立连接的最长时间（毫秒），从 DNS 查询到密码通过为止。',
      restart: true,
    }),
    keyPrefix: setting(Type.String({ default: 'journey', pattern: '^[A-Za-z0-9_.-]{1,64}$' }), {
      en: 'First part of every Redis key we write, so that one server can hold several installations.',
      zh: '我们写入的所有 Redis 键的首段，使一台服务器可以容纳多套安装。',
      restart: true,
    }),
  }),
});

/** The near cache in front of the store. Every setting applies at once on reload. */
export const cacheSettings = Type.Object({
  maxBytes: setting(Type.Integer({ default: 33_554_432, minimum: 0, maximum: 2 ** 40 }), {
    en: 'Memory the near cache may hold, in bytes, keys and bookkeeping included; 0 switches it off.',
    zh: '近端缓存可占用的内存（字节），包含键与管理开销；0 表示关闭。',
  }),
  nearTtlSeconds: setting(Type.Number({ default: 5, minimum: 0, maximum: 86_400 }), {
    en: 'Longest time an entry is served from memory without asking the store, in seconds.',
    zh: '不询问存储而直接由内存返回一条数据的最长时间（秒）。',
  }),
  negativeTtlMs: setting(Type.Integer({ default: 500, minimum: 0, maximum: 60_000 }), {
    en: 'How long "no such key" is remembered, in milliseconds; 0 never.',
    zh: '“键不存在”这一结果被记住的毫秒数；0 表示不记住。',
  }),
  staleIfErrorSeconds: setting(Type.Number({ default: 300, minimum: 0, maximum: 86_400 }), {
    en: 'While the store is away, how long past its freshness an entry may still be served (marked as stale, never past its own expiry), in seconds.',
    zh: '存储不可用时，数据在新鲜期之后还可继续返回的秒数（会标记为陈旧，且绝不超过其自身的过期时间）。',
  }),
});

export type StoreSettings = Static<typeof storeSettings>;
export type CacheSettings = Static<typeof cacheSettings>;
