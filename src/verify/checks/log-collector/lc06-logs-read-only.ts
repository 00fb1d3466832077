import type { PodTemplate } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { getLogCollector, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  mounted: { en: 'a hostPath under /var/log, mounted', zh: '挂载了 /var/log 之下的 hostPath' },
  readOnly: { en: '{path} mounted with readOnly: true', zh: '{path} 以 readOnly: true 挂载' },
  why: {
    en: 'a collector needs to read logs, never to change them: a writable /var/log is a way onto the node',
    zh: '采集器只需读取日志，绝不应修改：可写的 /var/log 是入侵节点的途径',
  },
  fix: { en: 'compare with k8s/v0.2/log-collector/daemonset.yaml', zh: '对照 k8s/v0.2/log-collector/daemonset.yaml' },
});

export const collectorLogsReadOnly: Check = {
  id: 'LC06',
  title: { en: 'the node’s logs are mounted read-only', zh: '节点日志以只读方式挂载' },
  proves: {
    en: 'Reads the DaemonSet’s template: the hostPath that leads to the logs, and that every mount of it says readOnly.',
    zh: '读取 DaemonSet 的模板：指向日志的 hostPath，以及它的每个挂载都声明了 readOnly。',
  },
  covers: ['logs-output'],
  async run(context) {
    const { daemonSet } = context.stack.logCollector;
    return judgeMounts(must(await getLogCollector(context), 'daemonsets', daemonSet).spec.template);
  },
};

export function judgeMounts({ spec }: PodTemplate): Outcome {
  const volumes = (spec.volumes ?? []).filter((v) => v.hostPath?.path.startsWith('/var/log') === true);
  const mounts = spec.containers.flatMap((c) =>
    (c.volumeMounts ?? [])
      .filter((m) => volumes.some((v) => v.name === m.name))
      .map((m) => ({ container: c.name, ...m })),
  );
  if (mounts.length === 0) {
    const actual = raw((spec.volumes ?? []).map((v) => `${v.name}: ${v.hostPath?.path ?? '-'}`).join(', ') || '-');
    return fail({ expected: said(text.mounted), actual, why: said(text.why), fix: said(text.fix) });
  }
  const writable = mounts.find((m) => m.readOnly !== true);
  if (writable !== undefined) {
    const actual = raw(`${writable.container}: ${writable.mountPath} readOnly: ${writable.readOnly ?? false}`);
    return fail({
      expected: said(text.readOnly, { path: writable.mountPath }),
      actual,
      why: said(text.why),
      fix: said(text.fix),
    });
  }
  return pass(raw(mounts.map((m) => m.mountPath).join(', ')));
}
