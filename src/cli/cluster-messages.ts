import { defineMessages } from '../i18n/messages.ts';

/** What `up`, `down` and `status --cluster` say. */
export const clusterMessages = defineMessages({
  up: {
    en: 'bring the stack up on a Kubernetes cluster: build, load, apply, wait',
    zh: '在 Kubernetes 集群上启动系统：构建、加载、应用、等待就绪',
  },
  down: {
    en: 'remove what `up` made: the cluster, or on a cluster of yours our namespaces',
    zh: '删除 `up` 创建的内容：集群本身；在你自己的集群上则是我们的命名空间',
  },
  clusterOption: { en: 'only the stack on the cluster', zh: '只查看集群上的系统' },
  providerOption: {
    en: 'auto, minikube, kind, local or existing (auto)',
    zh: 'auto、minikube、kind、local 或 existing（auto）',
  },
  nameOption: {
    en: 'of the cluster; the profile in Minikube (journey)',
    zh: '集群名称；对 Minikube 来说是 profile（journey）',
  },
  nameRule: {
    en: 'up to 20 small letters, digits and -, a letter first',
    zh: '最多 20 个小写字母、数字或 -，以字母开头',
  },
  contextOption: { en: 'with existing: context of the kubeconfig', zh: '配合 existing：kubeconfig 中的 context' },
  yesOption: { en: 'with existing: use it without asking', zh: '配合 existing：不询问直接使用' },
  nodesOption: { en: 'nodes of a cluster that is made (1)', zh: '新建集群的节点数（1）' },
  timeoutOption: { en: 'longest wait for all Pods, in seconds (300)', zh: '等待所有 Pod 就绪的最长秒数（300）' },
  registryOption: {
    en: 'push our images there and name them so, e.g. registry.example/me',
    zh: '将镜像推送到该仓库并以此命名，例如 registry.example/me',
  },
  imagesOption: {
    en: 'load: onto the nodes · push: to --registry · present: they are there',
    zh: 'load：加载到节点 · push：推送到 --registry · present：已经在了',
  },
  overlayOption: {
    en: 'kustomize folder of yours instead of the one for this kind of cluster',
    zh: '使用你自己的 kustomize 目录，而不是该类集群自带的',
  },
  keepClusterOption: { en: 'leave the cluster, remove the stack only', zh: '保留集群，只删除系统' },
  wholeRule: { en: 'a whole number from 1 to {max}', zh: '1 到 {max} 的整数' },
  mayUse: {
    en: 'Use the cluster of context {context} ({server})? Only the namespaces journey and journey-node are written to. [y/N] ',
    zh: '使用 context {context}（{server}）所指的集群吗？只会写入命名空间 journey 与 journey-node。[y/N] ',
  },
  isUp: { en: 'The stack is up on the {provider} cluster {name}', zh: '系统已在 {provider} 集群 {name} 上启动' },
  kubectl: { en: 'For kubectl: export KUBECONFIG={file}', zh: '使用 kubectl：export KUBECONFIG={file}' },
  keepRunning: { en: 'For this URL to work keep running: {command}', zh: '要使用该 URL，请保持运行：{command}' },
  next: {
    en: 'Next: npx journey verify · npx journey status · npx journey down',
    zh: '接下来：npx journey verify · npx journey status · npx journey down',
  },
  noCluster: { en: 'There is no cluster of {provider} here', zh: '这里没有 {provider} 集群' },
  nothingThere: {
    en: 'Nothing of the stack is on {name}. Bring it up: npx journey up',
    zh: '{name} 上没有本系统。启动它：npx journey up',
  },
  clusterHead: {
    en: '{provider} cluster {name}, {ready} of {count} nodes ready',
    zh: '{provider} 集群 {name}，{ready}/{count} 个节点就绪',
  },
  workload: { en: '{ready} of {wanted} ready', zh: '{ready}/{wanted} 已就绪' },
  claim: { en: '{phase}, {size}', zh: '{phase}，{size}' },
  job: { en: '{schedule} · last success {time}', zh: '{schedule} · 上次成功 {time}' },
  jobNotYet: { en: '{schedule} · has not run yet', zh: '{schedule} · 尚未运行' },
  stopped: {
    en: '{provider} cluster {name}: stopped; start it again: npx journey up',
    zh: '{provider} 集群 {name}：已停止；重新启动：npx journey up',
  },
  notWhole: {
    en: '{provider} cluster {name}: broken, or still being made ({parts} missing); finish or repair it: npx journey up',
    zh: '{provider} 集群 {name}：已损坏或仍在创建（缺少 {parts}）；完成或修复：npx journey up',
  },
  notAsked: {
    en: 'cluster: cannot be asked ({reason}); repair it: npx journey up · leave it out: npx journey status --dir {folder}',
    zh: '集群：无法查询（{reason}）；修复：npx journey up · 不查看集群：npx journey status --dir {folder}',
  },
  loadsThisMachine: {
    en: 'The cluster is left out ({reason}); this machine’s stack is loaded instead',
    zh: '已略过集群（{reason}）；改为对本机的系统施加负载',
  },
  fault: { en: '{part} is down; repair it: npx journey up', zh: '{part} 未运行；修复：npx journey up' },
  suspended: { en: 'suspended', zh: '已挂起' },
});
