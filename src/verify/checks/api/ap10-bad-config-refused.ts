import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { editableConfig, editConfig, restoreConfig } from '../../facts/edit-config.ts';
import { effectiveConfig, type PodConfig } from '../../facts/effective-config.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, skip } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  immutable: { en: 'the ConfigMap is immutable or not mounted', zh: 'ConfigMap 不可变或未挂载' },
  refused: {
    en: 'each Pod Ready, on its old configuration, and naming the bad key {key}',
    zh: '每个 Pod 保持 Ready、沿用旧配置，并指出错误的键 {key}',
  },
  whyRefused: {
    en: 'a typo in a ConfigMap must not take the service down, and must not be swallowed either',
    zh: 'ConfigMap 中的笔误不能让服务中断，也不能被悄悄忽略',
  },
  recovers: { en: 'no refused reload any more after the file was put back', zh: '恢复文件后不再有被拒绝的重载' },
  fix: {
    en: 'kubectl -n {namespace} logs deployment/api --tail=20',
    zh: 'kubectl -n {namespace} logs deployment/api --tail=20',
  },
  seen: {
    en: 'refused by {n} Pods, old configuration kept, recovered',
    zh: '{n} 个 Pod 均已拒绝，保留旧配置，并已恢复',
  },
});

const badKey = 'journeyVerifyNoSuchKey';
/** The Pods are nudged: seconds, or a minute where the kubelet caches ConfigMaps for as long. */
const withinMs = 75_000;

export const apiBadConfigRefused: Check = {
  id: 'AP10',
  title: {
    en: 'an invalid ConfigMap is refused: the old configuration stays, the reason is shown',
    zh: '不合法的 ConfigMap 会被拒绝：保留旧配置，并显示原因',
  },
  proves: {
    en: 'Adds an unknown key to the ConfigMap, waits until each Pod reports the refusal, looks that hash and readiness have not changed, and puts the old text back.',
    zh: '在 ConfigMap 中加入一个未知的键，等待每个 Pod 报告拒绝，确认哈希与就绪状态未变，最后恢复原文。',
  },
  covers: ['api-config-from-configmap'],
  disruptive: {
    en: 'put an invalid key into the API’s ConfigMap and take it out again',
    zh: '在 API 的 ConfigMap 中加入一个不合法的键，随后移除',
  },
  timeoutMs: 200_000,
  async run(context) {
    const editable = await editableConfig(context);
    if (editable === undefined) return skip(said(text.immutable));
    const look = (): Promise<PodConfig[]> => Promise.all(editable.pods.map((pod) => effectiveConfig(context, pod)));
    const lookUntil = async (wanted: (all: readonly PodConfig[]) => boolean): Promise<readonly PodConfig[]> => {
      let last: readonly PodConfig[] = [];
      const looked = async (): Promise<true | undefined> => {
        last = await look();
        return wanted(last) ? true : undefined;
      };
      await waitUntil(context, looked, { timeoutMs: withinMs });
      return last;
    };
    const all = (wanted: (config: PodConfig) => boolean) => lookUntil((configs) => configs.every(wanted));
    // A change that somebody (AP09, for one) has just made reaches one Pod a minute after another.
    const before = await lookUntil((configs) => new Set(configs.map(({ config }) => config?.hash)).size === 1);
    await editConfig(context, editable, `${badKey}: true\n${editable.file.text}`);
    const during = await all(({ config }) => config !== undefined && config.lastRejected !== null);
    const readyDuring = (await readyApiPods(context)).length;
    await restoreConfig(context, editable);
    const after = await all(({ config }) => config?.lastRejected === null);
    return judgeRefusal({ namespace: context.stack.namespace, before, during, after, readyDuring });
  },
};

export interface RefusalFacts {
  readonly namespace: string;
  readonly before: readonly PodConfig[];
  readonly during: readonly PodConfig[];
  readonly after: readonly PodConfig[];
  /** Ready Pods while the bad file was there. */
  readonly readyDuring: number;
}

export function judgeRefusal({ namespace, before, during, after, readyDuring }: RefusalFacts): Outcome {
  const fix = said(text.fix, { namespace });
  const kept = before.every(({ config }, i) => config !== undefined && config.hash === during[i]?.config?.hash);
  const named = during.every(({ config }) => config?.lastRejected?.reason.includes(badKey) === true);
  if (before.length === 0 || !kept || !named || readyDuring < before.length) {
    return fail({
      expected: said(text.refused, { key: badKey }),
      actual: raw([...during.map(line), `Ready: ${readyDuring}/${before.length}`].join('\n')),
      why: said(text.whyRefused),
      fix,
    });
  }
  if (!after.every(({ config }) => config?.lastRejected === null)) {
    return fail({
      expected: said(text.recovers),
      actual: raw(after.map(line).join('\n')),
      why: said(text.whyRefused),
      fix,
    });
  }
  return pass(said(text.seen, { n: before.length }));
}

function line({ pod, config }: PodConfig): string {
  return `${pod}: ${config?.hash ?? '-'}, ${config?.lastRejected?.reason ?? '-'}`;
}
