import { defineMessages } from '../i18n/messages.ts';

/**
 * The tick boxes of the requirements' functional and technical acceptance, one id each.
 * A test proves that every one has at least one check, so none can be lost.
 */
export const requirements = defineMessages({
  'api-connects-to-redis': { en: 'API service: connects to Redis', zh: 'API 服务：能连接到 Redis' },
  'api-cache-read-write': { en: 'API service: cache reads and writes work', zh: 'API 服务：缓存读写正常' },
  'api-config-from-configmap': {
    en: 'API service: configuration is loaded from the ConfigMap',
    zh: 'API 服务：配置文件正确加载（ConfigMap）',
  },
  'api-endpoints': { en: 'API service: the endpoints work', zh: 'API 服务：新接口正常工作' },
  'redis-statefulset': { en: 'Redis: the StatefulSet is deployed', zh: 'Redis：StatefulSet 正常部署' },
  'redis-persistence': {
    en: 'Redis: data survives a restart',
    zh: 'Redis：数据持久化生效（重启后数据不丢失）',
  },
  'redis-headless': { en: 'Redis: the headless Service resolves', zh: 'Redis：Headless Service 能正确解析' },
  'redis-clients': { en: 'Redis: the API service can connect', zh: 'Redis：API 服务能连接 Redis' },
  'logs-every-node': {
    en: 'Log collector: the DaemonSet is on every node',
    zh: '日志采集器：DaemonSet 在所有节点部署',
  },
  'logs-node-information': { en: 'Log collector: reads node information', zh: '日志采集器：能读取节点信息' },
  'logs-output': { en: 'Log collector: log output works', zh: '日志采集器：日志输出正常' },
  'logs-metrics': { en: 'Log collector: Prometheus metrics are exposed', zh: '日志采集器：Prometheus 指标暴露' },
  'cleanup-schedule': { en: 'Clean-up: the CronJob runs on schedule', zh: '清理任务：CronJob 定时执行' },
  'cleanup-succeeds': { en: 'Clean-up: the Job succeeds', zh: '清理任务：任务执行成功' },
  'cleanup-logs': { en: 'Clean-up: the log is complete', zh: '清理任务：日志记录完整' },
  'cleanup-retries': { en: 'Clean-up: a failure is retried', zh: '清理任务：失败能自动重试' },
  'pods-running': { en: 'Technical: every Pod is Running', zh: '技术验收：所有 Pod 都处于 Running 状态' },
  'resources-set': { en: 'Technical: resource limits are sensible', zh: '技术验收：资源限制配置合理' },
  'probes-right': { en: 'Technical: health checks are right', zh: '技术验收：健康检查配置正确' },
  'logs-clear': { en: 'Technical: log output is clear', zh: '技术验收：日志输出清晰' },
  'metrics-complete': { en: 'Technical: Prometheus metrics are complete', zh: '技术验收：Prometheus 指标完整' },
});

export type RequirementId = keyof typeof requirements;
