import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { effectiveConfig, type PodConfig } from '../../facts/effective-config.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'one hash on all Pods, no refused reload, nothing waiting for a restart',
    zh: '所有 Pod 的哈希一致，没有被拒绝的重载，也没有等待重启的设置',
  },
  why: {
    en: 'answers then depend on which Pod is asked; a refused file keeps the old configuration until somebody looks',
    zh: '否则结果取决于由哪个 Pod 应答；被拒绝的文件会让旧配置一直生效，直到有人发现',
  },
  seen: { en: 'hash {hash} on {n} Pods', zh: '{n} 个 Pod 的哈希均为 {hash}' },
});

export const apiSameConfig: Check = {
  id: 'AP07',
  title: {
    en: 'all API Pods run the same configuration and refused none',
    zh: '所有 API Pod 运行相同的配置，且没有拒绝任何一次重载',
  },
  proves: {
    en: 'Compares the configuration hash of every Pod, and that no Pod holds a refused reload or settings that wait for a restart.',
    zh: '比较每个 Pod 的配置哈希，并确认没有 Pod 存在被拒绝的重载或等待重启的设置。',
  },
  covers: ['api-config-from-configmap'],
  async run(context) {
    const configs = await Promise.all((await readyApiPods(context)).map((pod) => effectiveConfig(context, pod)));
    return judgeSameConfig({ namespace: context.stack.namespace, deployment: context.stack.api.deployment, configs });
  },
};

export interface SameConfigFacts {
  readonly namespace: string;
  readonly deployment: string;
  readonly configs: readonly PodConfig[];
}

export function judgeSameConfig({ namespace, deployment, configs }: SameConfigFacts): Outcome {
  const hashes = new Set(configs.map(({ config }) => config?.hash));
  const troubled = configs.some(
    ({ config }) => config === undefined || config.lastRejected !== null || config.pendingRestart.length > 0,
  );
  if (hashes.size !== 1 || troubled) {
    return fail({
      expected: said(text.expected),
      actual: raw(configs.map(lineOf).join('\n') || '0 Pods'),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} rollout restart deployment/${deployment}`),
    });
  }
  return pass(said(text.seen, { hash: [...hashes][0] ?? '', n: configs.length }));
}

function lineOf({ pod, config }: PodConfig): string {
  if (config === undefined) return `${pod}: -`;
  const rejected = config.lastRejected === null ? '' : `, rejected: ${config.lastRejected.reason}`;
  const pending = config.pendingRestart.length === 0 ? '' : `, pendingRestart: ${config.pendingRestart.join(', ')}`;
  return `${pod}: ${config.hash}${rejected}${pending}`;
}
