import { defineMessages } from '../i18n/messages.ts';

/** What bringing the stack up and down says on its way. */
export const stackMessages = defineMessages({
  bundling: { en: 'Bundling the programs', zh: '正在打包程序' },
  building: { en: 'Building {image}', zh: '正在构建 {image}' },
  waitingForBuild: {
    en: 'Waiting for another command (pid {pid}) that builds images',
    zh: '正在等待另一个构建镜像的命令（pid {pid}）',
  },
  upToDate: { en: '{image} is up to date', zh: '{image} 已是最新' },
  passwords: { en: 'Made passwords for Redis: {users}', zh: '已为 Redis 生成密码：{users}' },
  applied: { en: 'Applied {count} objects from {folder}', zh: '已应用 {folder} 中的 {count} 个对象' },
  progress: {
    en: '{kind} {name}: {ready} of {wanted} ready',
    zh: '{kind} {name}：{ready}/{wanted} 已就绪',
  },
  heldUp: { en: '  {reason}', zh: '  {reason}' },
  noStoreYet: {
    en: 'The API serves, but does not reach Redis yet: npx journey verify --only redis says why',
    zh: 'API 已在服务，但尚未连上 Redis：npx journey verify --only redis 会说明原因',
  },
  ready: { en: 'All Pods are ready after {seconds} s', zh: '所有 Pod 已就绪，用时 {seconds} 秒' },
  removing: { en: 'Removing the namespaces {namespaces}', zh: '正在删除命名空间 {namespaces}' },
  removed: { en: 'Removed. Nothing of the stack is left in the cluster', zh: '已删除，集群中没有遗留任何内容' },
  nothingThere: { en: 'Nothing of the stack is in the cluster', zh: '集群中没有本系统的任何内容' },
});
