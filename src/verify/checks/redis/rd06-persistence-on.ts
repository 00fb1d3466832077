import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsReadyRedisPod } from '../../facts/preconditions.ts';
import { askRedis, parseConfigGet, parseInfo, readyRedisPod } from '../../facts/redis-server.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  on: { en: 'appendonly yes', zh: 'appendonly yes' },
  whyOn: {
    en: 'without the append-only file a restart brings back the last snapshot, or nothing',
    zh: '没有追加文件（AOF）时，重启只能恢复到上一次快照，甚至什么都没有',
  },
  fixOn: {
    en: 'set appendonly yes in k8s/v0.2/redis/configmap.yaml, apply, restart',
    zh: '在 k8s/v0.2/redis/configmap.yaml 中设置 appendonly yes，应用后重启',
  },
  writes: {
    en: 'the last write of the append-only file and its last rewrite succeeded',
    zh: 'AOF 最近一次写入与重写均成功',
  },
  whyWrites: {
    en: 'Redis refuses writes, or will lose them, when its file cannot be written: volume full, or not owned by its user',
    zh: '文件无法写入时 Redis 会拒绝写操作或丢失数据：卷已满，或不属于其运行用户',
  },
});

export const redisPersistenceOn: Check = {
  id: 'RD06',
  title: { en: 'the append-only file is on and healthy', zh: 'AOF 已开启且状态正常' },
  proves: {
    en: 'Reads `appendonly` from the running configuration and the status of the last write, rewrite and load from `INFO persistence`.',
    zh: '从运行中的配置读取 `appendonly`，并从 `INFO persistence` 读取最近一次写入、重写与加载的状态。',
  },
  covers: ['redis-persistence'],
  needs: [needsReadyRedisPod],
  async run(context) {
    const pod = await readyRedisPod(context);
    const config = parseConfigGet(await askRedis(context, pod, 'CONFIG GET appendonly'));
    const info = parseInfo(await askRedis(context, pod, 'INFO persistence'));
    return judgePersistence({
      namespace: context.stack.namespace,
      pod: pod.metadata.name,
      appendonly: config.get('appendonly') ?? '',
      info,
    });
  },
};

export interface PersistenceFacts {
  readonly namespace: string;
  readonly pod: string;
  readonly appendonly: string;
  /** `INFO persistence`. */
  readonly info: ReadonlyMap<string, string>;
}

export function judgePersistence({ namespace, pod, appendonly, info }: PersistenceFacts): Outcome {
  if (appendonly !== 'yes') {
    return fail({
      expected: said(text.on),
      actual: raw(`appendonly ${appendonly}`),
      why: said(text.whyOn),
      fix: said(text.fixOn),
    });
  }
  const wanted = { aof_last_write_status: 'ok', aof_last_bgrewrite_status: 'ok', loading: '0' };
  const wrong = Object.entries(wanted).filter(([name, value]) => info.get(name) !== value);
  if (wrong.length > 0) {
    return fail({
      expected: said(text.writes),
      actual: raw(wrong.map(([name]) => `${name}: ${info.get(name) ?? '?'}`).join('\n')),
      why: said(text.whyWrites),
      fix: raw(`kubectl -n ${namespace} logs ${pod} --tail=30`),
    });
  }
  return pass(raw(`appendonly yes, ${info.get('aof_current_size') ?? '?'} bytes`));
}
