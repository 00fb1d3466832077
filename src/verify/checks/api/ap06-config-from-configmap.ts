import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import {
  type ConfigFile,
  configFileIn,
  effectiveConfig,
  type PodConfig,
  settingsIn,
} from '../../facts/effective-config.ts';
import { mountedConfigMaps } from '../../facts/mounted-config.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  mounted: {
    en: 'a ConfigMap with a YAML file, mounted in the API Pods',
    zh: 'API Pod 挂载了含 YAML 文件的 ConfigMap',
  },
  notMounted: { en: 'no mounted ConfigMap has one', zh: '没有挂载这样的 ConfigMap' },
  whyMounted: {
    en: 'without a file the API runs on defaults: SQLite in the container, lost with it',
    zh: '没有文件时 API 使用默认值：数据写入容器内的 SQLite，会随容器丢失',
  },
  inForce: { en: '{lines}\n(ConfigMap {map}, {file})', zh: '{lines}\n（ConfigMap {map}，{file}）' },
  running: { en: '{lines}\n(/api/v1/config)', zh: '{lines}\n（/api/v1/config）' },
  why: {
    en: 'the file in the Pod follows the ConfigMap within about a minute; a setting that needs a restart waits for one, an environment variable overrides the file, an invalid file is refused as a whole',
    zh: 'Pod 中的文件约在一分钟内跟随 ConfigMap 更新；需要重启的设置要等到重启，环境变量会覆盖文件，不合法的文件会被整体拒绝',
  },
  seen: {
    en: '{n} settings of ConfigMap {map} in force on {pods} Pods, source file',
    zh: 'ConfigMap {map} 中的 {n} 项设置已在 {pods} 个 Pod 上生效，来源为文件',
  },
});

export const apiConfigFromConfigMap: Check = {
  id: 'AP06',
  title: {
    en: 'every setting in the ConfigMap is in force on every API Pod',
    zh: 'ConfigMap 中的每项设置都已在每个 API Pod 上生效',
  },
  proves: {
    en: 'Compares the YAML in the ConfigMap with what each Pod runs (`/api/v1/config`), value by value, and that the file is where the value came from.',
    zh: '将 ConfigMap 中的 YAML 与每个 Pod 实际使用的配置（`/api/v1/config`）逐项比较，并确认其来源是文件。',
  },
  covers: ['api-config-from-configmap'],
  async run(context) {
    const pods = await readyApiPods(context);
    const [first] = pods;
    const file = first === undefined ? undefined : configFileIn(await mountedConfigMaps(context, first));
    const configs = await Promise.all(pods.map((pod) => effectiveConfig(context, pod)));
    return judgeConfig({ namespace: context.stack.namespace, deployment: context.stack.api.deployment, file, configs });
  },
};

export interface ConfigFacts {
  readonly namespace: string;
  readonly deployment: string;
  readonly file: ConfigFile | undefined;
  readonly configs: readonly PodConfig[];
}

export function judgeConfig({ namespace, deployment, file, configs }: ConfigFacts): Outcome {
  if (file === undefined) {
    const fix = raw('kubectl apply -k k8s/v0.2');
    return fail({ expected: said(text.mounted), actual: said(text.notMounted), why: said(text.whyMounted), fix });
  }
  const wanted = [...settingsIn(file.text)];
  const differing = configs.flatMap(({ pod, config }) =>
    wanted.flatMap(([path, value]) => {
      const running = config?.settings.find((s) => s.path === path);
      const same = running?.source === 'file' && JSON.stringify(running.value) === JSON.stringify(value);
      return same ? [] : [{ pod, path, value, running }];
    }),
  );
  if (differing.length > 0 || wanted.length === 0 || configs.length === 0) {
    const first = [...new Map(differing.map((d) => [d.path, d])).values()];
    return fail({
      expected: said(text.inForce, {
        lines: first.map((d) => `${d.path}: ${JSON.stringify(d.value)}`).join('\n') || '…',
        map: file.map,
        file: file.file,
      }),
      actual: said(text.running, {
        lines:
          differing
            .map(
              (d) =>
                `${d.pod} ${d.path}: ${d.running === undefined ? '-' : `${JSON.stringify(d.running.value)} (${d.running.source})`}`,
            )
            .join('\n') || '-',
      }),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} rollout restart deployment/${deployment}`),
    });
  }
  return pass(said(text.seen, { n: wanted.length, map: file.map, pods: configs.length }));
}
