import { defineMessages } from '../i18n/messages.ts';

/** Categories in the order they run; the letters begin the ids of their checks. */
export const categories = defineMessages({
  RD: {
    en: 'redis  StatefulSet, PVC, headless Service, ConfigMap',
    zh: 'redis  StatefulSet、PVC、Headless Service、ConfigMap',
  },
  AP: { en: 'api  Deployment, Service, ConfigMap', zh: 'api  Deployment、Service、ConfigMap' },
  LC: { en: 'log-collector  DaemonSet, one Pod per node', zh: 'log-collector  DaemonSet，每个节点一个 Pod' },
  CJ: { en: 'cleanup-job  CronJob, hourly', zh: 'cleanup-job  CronJob，每小时一次' },
  TE: { en: 'whole stack  Pods, resources, probes, logs, metrics', zh: '整体  Pod、资源、探针、日志、指标' },
});

export type Category = keyof typeof categories;
