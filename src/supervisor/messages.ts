import { defineMessages } from '../i18n/messages.ts';

/** What the supervisor says while it runs. */
export const messages = defineMessages({
  leftovers: {
    en: 'ended {count} program(s) that an earlier, killed start had left behind',
    zh: '已结束先前被强制终止的实例遗留的 {count} 个进程',
  },
  ready: { en: '{program} is ready', zh: '{program} 已就绪' },
  readyAgain: {
    en: '{program} is ready again (restart {restarts})',
    zh: '{program} 已重新就绪（第 {restarts} 次重启）',
  },
  unready: { en: '{program} is not ready: {reason}', zh: '{program} 未就绪：{reason}' },
  slowStart: {
    en: '{program} is still not ready: {reason}. Its log: npx journey logs {program}',
    zh: '{program} 仍未就绪：{reason}。查看日志：npx journey logs {program}',
  },
  died: {
    en: '{program} ended ({how}): {reason}; starting it again in {seconds} s',
    zh: '{program} 已退出（{how}）：{reason}；{seconds} 秒后重新启动',
  },
  diedSilently: {
    en: '{program} ended ({how}) without a word; starting it again in {seconds} s',
    zh: '{program} 已退出（{how}），没有留下任何信息；{seconds} 秒后重新启动',
  },
  exitCode: { en: 'exit code {code}', zh: '退出码 {code}' },
  signal: { en: 'signal {signal}', zh: '信号 {signal}' },
  notStarted: { en: 'could not be started', zh: '无法启动' },
  configError: {
    en: '{program} refuses its configuration: {reason}. Correct {file}: it starts when the file changes',
    zh: '{program} 拒绝了它的配置：{reason}。请修改 {file}：文件变化后会自动启动',
  },
  hung: {
    en: '{program} does not answer any more ({reason}); starting it again',
    zh: '{program} 已无响应（{reason}）；正在重新启动',
  },
  killed: {
    en: '{program} did not stop in time and was killed; what it had accepted may be incomplete',
    zh: '{program} 未能及时停止，已被强制终止；其已接受的工作可能不完整',
  },
  logFailing: {
    en: 'the log of {program} cannot be written ({reason}); it runs on, its lines are lost until there is room: {file}',
    zh: '无法写入 {program} 的日志（{reason}）；程序继续运行，但在恢复之前日志会丢失：{file}',
  },
  logRecovered: {
    en: 'the log of {program} is written again; {lines} line(s) were lost',
    zh: '{program} 的日志已恢复写入；丢失了 {lines} 行',
  },
  logRotation: {
    en: 'the log of {program} could not be rotated ({reason}): {file}',
    zh: '{program} 的日志轮转失败（{reason}）：{file}',
  },
  jobDone: { en: 'clean-up {pod} is done ({summary})', zh: '清理 {pod} 已完成（{summary}）' },
  jobFailed: { en: 'clean-up {pod} failed: {reason}', zh: '清理 {pod} 失败：{reason}' },
  stoppingApi: { en: 'stopping api: open requests may finish', zh: '正在停止 api：等待进行中的请求完成' },
  stoppingCollector: {
    en: 'stopping log-collector: it ships the last lines',
    zh: '正在停止 log-collector：发送最后的日志',
  },
  stoppingCleanup: { en: 'stopping the running clean-up', zh: '正在停止运行中的清理' },
  unknownReason: { en: 'unknown', zh: '未知' },
  trouble: { en: 'something went wrong beside the programs: {reason}', zh: '程序之外发生了问题：{reason}' },
});
