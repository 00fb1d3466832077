import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { mountedConfigMaps } from '../../facts/mounted-config.ts';
import { needsReadyRedisPod } from '../../facts/preconditions.ts';
import { type Difference, differences, parseRedisConf } from '../../facts/redis-conf.ts';
import { askRedis, parseConfigGet, readyRedisPod } from '../../facts/redis-server.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  file: { en: 'a ConfigMap with a .conf file, mounted in the Pod', zh: 'Pod 挂载了含 .conf 文件的 ConfigMap' },
  noFile: { en: 'none of the mounted ConfigMaps has one: {names}', zh: '已挂载的 ConfigMap 中都没有：{names}' },
  whyFile: {
    en: 'without a file Redis runs on defaults: no AOF, no memory limit',
    zh: '没有配置文件时 Redis 使用默认值：没有 AOF，也没有内存上限',
  },
  fromMap: { en: '{lines}\n(ConfigMap {map})', zh: '{lines}\n（ConfigMap {map}）' },
  running: { en: '{lines}\n(CONFIG GET)', zh: '{lines}\n（CONFIG GET）' },
  why: { en: 'Redis reads redis.conf once, at start', zh: 'Redis 只在启动时读取一次 redis.conf' },
  seen: { en: '{n} directives of ConfigMap {map} are in force', zh: 'ConfigMap {map} 中的 {n} 条指令均已生效' },
});

export const redisRunningConfig: Check = {
  id: 'RD05',
  title: { en: 'the running configuration is the one in the ConfigMap', zh: '运行中的配置与 ConfigMap 一致' },
  proves: {
    en: 'There are three truths: the object, the file in the Pod, the process. This compares the first with the last, directive by directive (`CONFIG GET`). A ConfigMap edited without a restart, and a CONFIG SET that the next restart forgets, both show.',
    zh: '存在三处“事实”：对象、Pod 中的文件、进程。此检查逐条指令比较第一处与最后一处（`CONFIG GET`）。修改了 ConfigMap 却没有重启，或用 CONFIG SET 做了重启即失效的修改，都会暴露。',
  },
  covers: ['redis-statefulset'],
  needs: [needsReadyRedisPod],
  async run(context) {
    const pod = await readyRedisPod(context);
    const files = (await mountedConfigMaps(context, pod)).flatMap((map) =>
      Object.entries(map.data ?? {}).map(([file, content]) => ({ map: map.metadata.name, file, content })),
    );
    const running = parseConfigGet(await askRedis(context, pod, 'CONFIG GET *'));
    return judgeRunningConfig({
      namespace: context.stack.namespace,
      statefulSet: context.stack.redis.statefulSet,
      files,
      running,
    });
  },
};

export interface RunningConfigFacts {
  readonly namespace: string;
  readonly statefulSet: string;
  readonly files: readonly { readonly map: string; readonly file: string; readonly content: string }[];
  /** `CONFIG GET *`. */
  readonly running: ReadonlyMap<string, string>;
}

export function judgeRunningConfig({ namespace, statefulSet, files, running }: RunningConfigFacts): Outcome {
  const conf = files.find((f) => f.file.endsWith('.conf'));
  if (conf === undefined) {
    return fail({
      expected: said(text.file),
      actual: said(text.noFile, { names: [...new Set(files.map((f) => f.map))].join(', ') || '-' }),
      why: said(text.whyFile),
      fix: raw('kubectl apply -k k8s/v0.2'),
    });
  }
  const directives = parseRedisConf(conf.content);
  const found = differences(directives, running);
  if (found.length > 0) {
    const lines = (side: (d: Difference) => string): string => found.map((d) => `${d.name} ${side(d)}`).join('\n');
    return fail({
      expected: said(text.fromMap, { lines: lines((d) => d.wanted), map: conf.map }),
      actual: said(text.running, { lines: lines((d) => d.running) }),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} rollout restart statefulset/${statefulSet}`),
    });
  }
  return pass(said(text.seen, { n: directives.length, map: conf.map }));
}
