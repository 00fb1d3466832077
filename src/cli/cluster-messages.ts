import { defineMessages } from '../i18n/messages.ts';

/** What `journey cluster` says, apart from its providers' own progress. */
export const clusterMessages = defineMessages({
  cluster: { en: 'make, look at and remove a Kubernetes cluster', zh: '创建、查看与删除 Kubernetes 集群' },
  up: { en: 'make a cluster, or finish or repair the one that is there', zh: '创建集群，或补全、修复已有的集群' },
  down: { en: 'remove the cluster that was made here', zh: '删除在此创建的集群' },
  status: { en: 'show the cluster and its nodes', zh: '显示集群及其节点' },
  providerOption: {
    en: 'minikube, kind, local, existing or auto (auto)',
    zh: 'minikube、kind、local、existing 或 auto（auto）',
  },
  nodesOption: { en: 'number of nodes (1)', zh: '节点数（1）' },
  nameOption: { en: 'name of the cluster (journey)', zh: '集群名称（journey）' },
  apiPortOption: {
    en: 'port of the API server on 127.0.0.1, local only (16443, or a free one)',
    zh: 'API 服务器在 127.0.0.1 上的端口，仅用于 local（16443，或任一空闲端口）',
  },
  contextOption: {
    en: 'context to use, existing only (the current one)',
    zh: '要使用的上下文，仅用于 existing（当前上下文）',
  },
  yesOption: { en: 'the existing cluster may be used', zh: '确认可以使用已有的集群' },
  useIt: { en: 'Use it: {command}', zh: '使用方式：{command}' },
  nothing: { en: 'There was no {provider} cluster of ours to remove.', zh: '没有由我们创建的 {provider} 集群可删除。' },
  absent: { en: 'no cluster', zh: '没有集群' },
  running: { en: 'running', zh: '运行中' },
  stopped: { en: 'stopped', zh: '已停止' },
  degraded: { en: 'degraded', zh: '部分故障' },
  ready: { en: 'Ready', zh: '就绪' },
  notReady: { en: 'not Ready', zh: '未就绪' },
  fault: { en: 'not as it should be: {what}', zh: '状态异常：{what}' },
});
