import type { Static } from 'typebox';
import * as Type from 'typebox';
import { cacheSettings, storeSettings } from '../cache/config.ts';
import { setting } from '../config/schema.ts';
import { logLevels } from '../telemetry/logger.ts';

const milliseconds = (fallback: number, minimum: number, maximum = 3_600_000) =>
  Type.Integer({ default: fallback, minimum, maximum });

const server = Type.Object({
  host: setting(Type.String({ default: '0.0.0.0', minLength: 1 }), {
    en: 'Address to listen on; `127.0.0.1` for this machine only, `::` for IPv6 and IPv4.',
    zh: '监听地址；`127.0.0.1` 表示仅限本机，`::` 表示 IPv6 与 IPv4。',
    restart: true,
  }),
  port: setting(Type.Integer({ default: 8080, minimum: 0, maximum: 65_535 }), {
    en: 'Port to listen on; 0 takes any free one and logs which.',
    zh: '监听端口；0 表示任选空闲端口并写入日志。',
    restart: true,
  }),
  drainMs: setting(milliseconds(5_000, 0, 300_000), {
    en: 'After SIGTERM: how long requests are still served while load balancers learn from /readyz that we leave, in milliseconds.',
    zh: '收到 SIGTERM 后继续服务的毫秒数，期间负载均衡器通过 /readyz 得知本进程即将退出。',
  }),
  stopMs: setting(milliseconds(10_000, 0, 300_000), {
    en: 'After the drain: how long requests in flight may take to finish before their connections are cut, in milliseconds.',
    zh: '排空之后，处理中的请求最多还可执行的毫秒数，超时则断开其连接。',
  }),
  requestTimeoutMs: setting(milliseconds(30_000, 100), {
    en: 'Longest time for a whole request to arrive, head and body, in milliseconds.',
    zh: '接收完整请求（头与体）的最长时间（毫秒）。',
  }),
  headersTimeoutMs: setting(milliseconds(10_000, 100), {
    en: 'Longest time for the request line and headers to arrive, in milliseconds.',
    zh: '接收请求行与请求头的最长时间（毫秒）。',
  }),
  keepAliveTimeoutMs: setting(milliseconds(72_000, 0), {
    en: 'How long an idle connection is kept for the next request, in milliseconds; longer than the load balancer in front keeps it.',
    zh: '空闲连接保留等待下一个请求的毫秒数；应长于前方负载均衡器的保留时间。',
  }),
  connectionTimeoutMs: setting(milliseconds(120_000, 0), {
    en: 'A connection without any traffic for this long is closed, in milliseconds; 0 never.',
    zh: '连接在这段毫秒数内没有任何流量则关闭；0 表示从不。',
  }),
});

const limits = Type.Object({
  maxKeyBytes: setting(Type.Integer({ default: 1_024, minimum: 1, maximum: 4_096 }), {
    en: 'Longest key, in bytes of UTF-8.',
    zh: '键的最大长度（UTF-8 字节）。',
  }),
  maxValueBytes: setting(Type.Integer({ default: 1_048_576, minimum: 1, maximum: 67_108_864 }), {
    en: 'Largest value, in bytes of JSON.',
    zh: '值的最大长度（JSON 字节）。',
  }),
  maxBodyBytes: setting(Type.Integer({ default: 1_114_112, minimum: 64, maximum: 134_217_728 }), {
    en: 'Largest request body, in bytes. Leave room beside the value for the key and the JSON around both.',
    zh: '请求体的最大字节数。除值之外，还要为键及外层 JSON 留出空间。',
  }),
  maxTtlSeconds: setting(Type.Integer({ default: 315_360_000, minimum: 1, maximum: 3_153_600_000 }), {
    en: 'Longest time to live that a request may ask for, in seconds.',
    zh: '请求可设置的最长存活时间（秒）。',
  }),
  maxPageSize: setting(Type.Integer({ default: 1_000, minimum: 1, maximum: 10_000 }), {
    en: 'Most entries one page of a listing may ask for.',
    zh: '列表单页最多可请求的条目数。',
  }),
  maxEventClients: setting(Type.Integer({ default: 64, minimum: 0, maximum: 10_000 }), {
    en: 'Most clients that may follow /api/v1/events at once.',
    zh: '同时订阅 /api/v1/events 的客户端上限。',
  }),
});

const readiness = Type.Object({
  requireStore: setting(Type.Boolean({ default: false }), {
    en: 'Whether /readyz answers 503 while the store is away. Off: all replicas share the store, so all would leave at once, and none could serve what the near cache still holds.',
    zh: '存储不可用时 /readyz 是否返回 503。关闭的理由：所有副本共用同一存储，若开启则会同时下线，近端缓存中仍可用的数据也无人提供。',
  }),
});

/** Everything that can be set about the API. */
export const apiConfigSchema = Type.Object({
  logLevel: setting(Type.Enum([...logLevels], { default: 'info' }), {
    en: 'Least severe log lines that are written.',
    zh: '写出的最低日志级别。',
  }),
  server,
  limits,
  readiness,
  store: storeSettings,
  cache: cacheSettings,
});

export type ApiConfig = Static<typeof apiConfigSchema>;
