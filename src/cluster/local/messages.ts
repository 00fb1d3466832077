import { defineMessages } from '../../i18n/messages.ts';

/** Progress of the local provider, one line each. */
export const localMessages = defineMessages({
  compiling: {
    en: 'Compiling {binary} ({index}/{count}, once)…',
    zh: '正在编译 {binary}（{index}/{count}，仅此一次）……',
  },
  stillWorking: { en: 'Still at {what} ({seconds} s)…', zh: '仍在处理 {what}（{seconds} 秒）……' },
  waitingForCompiler: {
    en: 'Waiting for another command (pid {pid}) that compiles the same programs…',
    zh: '正在等待另一个命令（pid {pid}）编译同样的程序……',
  },
  buildingImage: { en: 'Building the image {image} (once)…', zh: '正在构建镜像 {image}（仅此一次）……' },
  buildingBase: {
    en: 'Fetching Debian for the base image {image} (once, about half a minute)…',
    zh: '正在获取 Debian 以构建基础镜像 {image}（仅此一次，约半分钟）……',
  },
  watchLimitRaised: {
    en: 'Raised the kernel’s limit of file watchers for this machine: fs.inotify.max_user_instances from {before} to {wanted}, until the next boot',
    zh: '已提高本机内核的文件监视器上限：fs.inotify.max_user_instances 从 {before} 提高到 {wanted}，重启前有效',
  },
  watchLimitLow: {
    en: 'fs.inotify.max_user_instances is {before}, which may be too few for this cluster, and could not be raised ({reason}). Do it yourself: sysctl fs.inotify.max_user_instances={wanted}',
    zh: 'fs.inotify.max_user_instances 为 {before}，对该集群可能太少，且无法提高（{reason}）。请自行执行：sysctl fs.inotify.max_user_instances={wanted}',
  },
  certificates: { en: 'Making certificates', zh: '正在生成证书' },
  network: { en: 'Laying the network', zh: '正在搭建网络' },
  controlPlane: { en: 'Starting the control plane', zh: '正在启动控制平面' },
  startingNode: { en: 'Starting {node}', zh: '正在启动 {node}' },
  repaired: { en: 'Started again: {part}', zh: '已重新启动：{part}' },
  addons: { en: 'Adding DNS, storage and network policy', zh: '正在添加 DNS、存储与网络策略' },
  waiting: { en: 'Waiting for {count} nodes to be Ready', zh: '正在等待 {count} 个节点就绪' },
  ready: { en: 'The cluster {name} is ready after {seconds} s', zh: '集群 {name} 已就绪，用时 {seconds} 秒' },
  unchanged: {
    en: 'The cluster {name} is up and healthy; nothing to do (looked for {seconds} s)',
    zh: '集群 {name} 正在运行且健康，无需任何操作（检查用时 {seconds} 秒）',
  },
  removing: { en: 'Removing the cluster {name}', zh: '正在删除集群 {name}' },
  removed: {
    en: 'The cluster {name} is gone; compiled programs are kept in {cache}',
    zh: '集群 {name} 已删除；编译好的程序保留在 {cache}',
  },
  loading: { en: 'Loading {image} onto {count} nodes', zh: '正在将 {image} 加载到 {count} 个节点' },
  nodeStopped: { en: '{node} is off', zh: '{node} 已断电' },
});
