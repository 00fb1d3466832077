import type { Static } from 'typebox';
import * as Type from 'typebox';
import { storeSettings } from '../cache/config.ts';
import { setting } from '../config/schema.ts';
import { logLevels } from '../telemetry/logger.ts';

export const cleanupModes = ['report', 'expire', 'unlink'] as const;

const retentionRule = Type.Object(
  {
    prefix: Type.String({ maxLength: 1_024 }),
    maxAgeSeconds: Type.Integer({ minimum: 1, maximum: 3_155_760_000 }),
  },
  { additionalProperties: false },
);

const cleanupSettings = Type.Object({
  mode: setting(Type.Enum([...cleanupModes], { default: 'report' }), {
    en: '`report` only counts, `expire` gives what should go a last grace period, `unlink` deletes it.',
    zh: '`report` 只统计，`expire` 给待清理的数据设置最后的宽限期，`unlink` 直接删除。',
  }),
  cachePrefixes: setting(
    Type.Array(Type.String({ minLength: 1, maxLength: 1_024 }), { default: ['cache:'], maxItems: 100 }),
    {
      en: 'Keys beginning with one of these are cache: they must have a TTL. Taken literally, no wildcards. Also looked for among keys that other programs wrote.',
      zh: '以其中任一前缀开头的键视为缓存，必须有 TTL。按字面匹配，不支持通配符；其他程序写入的键也会检查。',
    },
  ),
  retention: setting(Type.Array(retentionRule, { default: [], maxItems: 100 }), {
    en: 'List of `{prefix, maxAgeSeconds}`: data not written for longer is past its retention. The longest matching prefix decides.',
    zh: '`{prefix, maxAgeSeconds}` 列表：超过该时长未写入的数据即超出保留期。以最长的匹配前缀为准。',
  }),
  graceSeconds: setting(Type.Integer({ default: 86_400, minimum: 1, maximum: 31_536_000 }), {
    en: 'How long softly deleted data lives on, in seconds.',
    zh: '软删除的数据继续保留的秒数。',
  }),
  minIdleSeconds: setting(Type.Integer({ default: 60, minimum: 0, maximum: 31_536_000 }), {
    en: 'Mode `unlink` leaves a key of another program alone until it has not been used for this many seconds: many programs write SET and EXPIRE as two commands.',
    zh: '`unlink` 模式下，其他程序的键在闲置达到该秒数之前不会被删除：许多程序把 SET 与 EXPIRE 分成两条命令写入。',
  }),
  maxScan: setting(Type.Integer({ default: 50_000_000, minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
    en: 'Look at no more than about this many index members and keys in one run.',
    zh: '单次运行最多查看的索引成员与键的数量（近似值）。',
  }),
  maxDelete: setting(Type.Integer({ default: 1_000_000, minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
    en: 'Delete (or give a grace period to) no more than this many entries in one run.',
    zh: '单次运行最多删除（或设置宽限期）的数据条数。',
  }),
  timeBudgetSeconds: setting(Type.Number({ default: 600, exclusiveMinimum: 0, maximum: 86_400 }), {
    en: 'Stop in good order after this many seconds; keep it below the Job’s activeDeadlineSeconds.',
    zh: '运行达到该秒数后有序停止；应小于 Job 的 activeDeadlineSeconds。',
  }),
  connectWithinSeconds: setting(Type.Number({ default: 10, minimum: 0, maximum: 600 }), {
    en: 'Redis only: try to connect for this long before giving up. A fresh Pod’s first connection is often refused while its NetworkPolicy takes effect.',
    zh: '仅用于 Redis：在放弃之前尝试连接的秒数。新 Pod 的 NetworkPolicy 尚未生效时，其首次连接常被拒绝。',
  }),
  batchSize: setting(Type.Integer({ default: 1_000, minimum: 1, maximum: 1_000 }), {
    en: 'About how many keys are looked at and acted upon at once.',
    zh: '每批查看并处理的键的大致数量。',
  }),
  bigKeys: setting(Type.Integer({ default: 10, minimum: 0, maximum: 1_000 }), {
    en: 'How many of the largest entries to name in the summary; 0 saves measuring them.',
    zh: '在摘要中列出最大的多少条数据；0 表示不测量。',
  }),
  maxPingMs: setting(Type.Integer({ default: 100, minimum: 1, maximum: 10_000 }), {
    en: 'Pause between batches while the store takes longer than this to answer PING, in milliseconds. Otherwise there is no pause: a slow scan starves Redis’ own expiry.',
    zh: '当存储对 PING 的应答超过该毫秒数时，批次之间才会暂停；否则不暂停，因为缓慢的扫描会拖慢 Redis 自身的过期清理。',
  }),
});

/** Configuration of the clean-up job. */
export const cleanupJobConfigSchema = Type.Object({
  store: storeSettings,
  cleanup: cleanupSettings,
  logLevel: setting(Type.Enum([...logLevels], { default: 'info' }), {
    en: 'Least severe level that is logged.',
    zh: '输出的最低日志级别。',
  }),
});

export type CleanupSettings = Static<typeof cleanupSettings>;
export type CleanupJobConfig = Static<typeof cleanupJobConfigSchema>;
