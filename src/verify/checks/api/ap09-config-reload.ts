import { parseDocument } from 'yaml';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { editableConfig, editConfig } from '../../facts/edit-config.ts';
import { effectiveConfig } from '../../facts/effective-config.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, skip } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  immutable: {
    en: 'the ConfigMap is immutable or not mounted: changes come with a rollout',
    zh: 'ConfigMap 不可变或未挂载：变更需要通过上线（rollout）生效',
  },
  applied: {
    en: '{path}: {value} on every Pod within {seconds} s',
    zh: '{seconds} 秒内每个 Pod 的 {path} 均为 {value}',
  },
  whyApplied: {
    en: 'a file mounted with subPath never changes, environment variables neither; the program must watch the directory, not the file',
    zh: '以 subPath 挂载的文件永远不会变化，环境变量也不会；程序必须监视目录而不是文件',
  },
  fixApplied: {
    en: 'mount the ConfigMap as a directory; look for "reloaded" in the API’s log',
    zh: '将 ConfigMap 挂载为目录；在 API 日志中查找 “reloaded”',
  },
  noRestart: { en: 'the same Pods without a restart', zh: '仍是原来的 Pod，且没有重启' },
  whyRestart: { en: 'a setting that can be reloaded must not cost a restart', zh: '可以热加载的设置不应以重启为代价' },
  seen: {
    en: 'in force on {n} Pods after {seconds} s, no restart',
    zh: '{seconds} 秒后在 {n} 个 Pod 上生效，没有重启',
  },
});

/** Its effect is a millisecond more of remembering that a key does not exist. */
const path = ['cache', 'negativeTtlMs'];
/** The Pods are nudged: seconds, or a minute where the kubelet caches ConfigMaps for as long. */
const withinMs = 75_000;

export const apiConfigReload: Check = {
  id: 'AP09',
  title: {
    en: 'a changed ConfigMap is in force on every API Pod without a restart',
    zh: 'ConfigMap 修改后无需重启即在每个 API Pod 上生效',
  },
  proves: {
    en: 'Adds 1 ms to `cache.negativeTtlMs` in the ConfigMap, waits until each Pod reports the new value with the source `file`, looks that no Pod was restarted or replaced, and puts the old text back.',
    zh: '将 ConfigMap 中的 `cache.negativeTtlMs` 加 1 毫秒，等待每个 Pod 报告新值且来源为 `file`，确认没有 Pod 被重启或替换，最后恢复原文。',
  },
  covers: ['api-config-from-configmap'],
  disruptive: {
    en: 'change cache.negativeTtlMs in the API’s ConfigMap by 1 ms and put it back',
    zh: '将 API ConfigMap 中的 cache.negativeTtlMs 改动 1 毫秒后恢复',
  },
  timeoutMs: 120_000,
  async run(context) {
    const editable = await editableConfig(context);
    if (editable === undefined) return skip(said(text.immutable));
    const before = editable.pods;
    const document = parseDocument(editable.file.text);
    const [first] = await Promise.all(before.map((pod) => effectiveConfig(context, pod)));
    const old = Number(first?.config?.settings.find((s) => s.path === path.join('.'))?.value ?? 0);
    const value = old + 1;
    document.setIn(path, value);
    const startedAt = context.clock.now();
    await editConfig(context, editable, document.toString());
    let seen: readonly SeenValue[] = [];
    await waitUntil(
      context,
      async () => {
        seen = await Promise.all(
          before.map(async (pod) => {
            const { config } = await effectiveConfig(context, pod);
            const setting = config?.settings.find((s) => s.path === path.join('.'));
            return { pod: pod.metadata.name, value: setting?.value, source: setting?.source };
          }),
        );
        return seen.every((s) => s.value === value) ? true : undefined;
      },
      { timeoutMs: withinMs },
    );
    const restartsOf = (pods: typeof before): string =>
      pods.map((p) => `${p.metadata.name} ${p.status.containerStatuses?.map((c) => c.restartCount).join()}`).join(', ');
    return judgeReload({
      path: path.join('.'),
      value,
      seen,
      podsBefore: restartsOf(before),
      podsAfter: restartsOf(await readyApiPods(context)),
      tookMs: context.clock.now() - startedAt,
    });
  },
};

interface SeenValue {
  readonly pod: string;
  readonly value: unknown;
  readonly source: string | undefined;
}

export interface ReloadFacts {
  readonly path: string;
  readonly value: number;
  readonly seen: readonly SeenValue[];
  /** Names and restart counts. */
  readonly podsBefore: string;
  readonly podsAfter: string;
  readonly tookMs: number;
}

export function judgeReload({ path: name, value, seen, podsBefore, podsAfter, tookMs }: ReloadFacts): Outcome {
  if (seen.length === 0 || !seen.every((s) => s.value === value && s.source === 'file')) {
    return fail({
      expected: said(text.applied, { path: name, value, seconds: withinMs / 1_000 }),
      actual: raw(seen.map((s) => `${s.pod}: ${String(s.value)} (${s.source ?? '-'})`).join('\n') || '0 Pods'),
      why: said(text.whyApplied),
      fix: said(text.fixApplied),
    });
  }
  if (podsBefore !== podsAfter) {
    return fail({
      expected: said(text.noRestart),
      actual: raw(`${podsBefore} → ${podsAfter}`),
      why: said(text.whyRestart),
      fix: raw('kubectl -n journey describe pods -l app.kubernetes.io/name=api'),
    });
  }
  return pass(said(text.seen, { n: seen.length, seconds: (tookMs / 1_000).toFixed(1) }));
}
