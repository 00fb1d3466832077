import { defineMessages, fill, type TextParams } from '../../i18n/messages.ts';
import type { Problem } from '../cluster-provider.ts';

const problemTexts = defineMessages({
  notLinux: {
    en: 'Linux: this machine is {platform}. Use Minikube here (--provider minikube), or a Linux virtual machine',
    zh: 'Linux：当前机器是 {platform}。请在此使用 Minikube（--provider minikube），或使用 Linux 虚拟机',
  },
  notRoot: {
    en: 'root: making namespaces, mounts and cgroups needs it',
    zh: 'root 权限：创建命名空间、挂载点与 cgroup 需要它',
  },
  packages: { en: 'packages: {what}', zh: '软件包：{what}' },
  noGo: {
    en: 'Go {wanted} or newer, to compile {count} programs once',
    zh: 'Go {wanted} 或更新版本，用于编译 {count} 个程序（仅一次）',
  },
  oldGo: { en: 'Go {wanted} or newer; this is {present}', zh: 'Go {wanted} 或更新版本；当前为 {present}' },
  disk: {
    en: 'disk: {needed} GB free for {folder}; there are {free} GB. Free some, or choose another folder',
    zh: '磁盘：{folder} 需要 {needed} GB 可用空间，现有 {free} GB。请释放空间或换一个目录',
  },
  memory: {
    en: 'memory: {needed} GB available for {nodes} nodes; there are {free} GB. Stop something, or ask for fewer nodes (--nodes 1)',
    zh: '内存：{nodes} 个节点需要 {needed} GB 可用内存，现有 {free} GB。请停止一些程序，或减少节点数（--nodes 1）',
  },
  folderHidden: {
    en: 'another folder for the cluster: nodes have a folder of their own in place of {folder}',
    zh: '为集群换一个目录：节点会用自己的目录遮住 {folder}',
  },
  folderOverlay: {
    en: 'another folder for the cluster: {folder} is on a file system that cannot hold container layers (overlay or NFS). In a container, mount a volume there',
    zh: '为集群换一个目录：{folder} 所在的文件系统（overlay 或 NFS）无法存放容器层。在容器中请为它挂载一个卷',
  },
  noNamespaces: {
    en: 'permission to make namespaces ({reason}). In a container, start it with --privileged',
    zh: '创建命名空间的权限（{reason}）。在容器中请使用 --privileged 启动',
  },
  noCgroups: {
    en: 'writable cgroups. In a container, start it with --privileged',
    zh: '可写的 cgroup。在容器中请使用 --privileged 启动',
  },
  modules: { en: 'kernel modules: {modules}', zh: '内核模块：{modules}' },
});

type Texts = typeof problemTexts;

/** One {@link Problem}, both languages filled in. */
export function preflightProblem<K extends keyof Texts>(key: K, params: TextParams<Texts[K]>, fix?: string): Problem {
  const { en, zh } = problemTexts[key];
  const text = { en: fill(en, params), zh: fill(zh, params) };
  return fix === undefined ? { text } : { text, fix };
}
