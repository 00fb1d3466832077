import { defineMessages } from '../i18n/messages.ts';

/** What the engine and the output say; each check's own words stand in the check's file. */
export const messages = defineMessages({
  // --- engine
  becauseOf: { en: 'because {id} failed', zh: '因为 {id} 未通过' },
  timedOutExpected: { en: 'an answer within {seconds} s', zh: '{seconds} 秒内得到结果' },
  timedOutActual: { en: 'none; the check was stopped', zh: '没有结果，检查已中止' },
  timedOutWhy: {
    en: 'something this check waits for never came: a Pod that does not start, a program that does not answer',
    zh: '此检查等待的事情一直没有发生：某个 Pod 没有启动，或某个程序没有应答',
  },
  timedOutFix: {
    en: 'kubectl -n {namespace} get pods,events --sort-by=.metadata.creationTimestamp',
    zh: 'kubectl -n {namespace} get pods,events --sort-by=.metadata.creationTimestamp',
  },
  brokenCheck: {
    en: 'the check itself broke, which is our bug: {reason}',
    zh: '检查本身出错，这是我们的缺陷：{reason}',
  },
  // --- output
  header: {
    en: 'context {context} · namespace {namespace} · Kubernetes {version} · {nodes} · journey {journey}',
    zh: '上下文 {context} · 命名空间 {namespace} · Kubernetes {version} · {nodes} · journey {journey}',
  },
  oneNode: { en: '1 node', zh: '1 个节点' },
  manyNodes: { en: '{n} nodes', zh: '{n} 个节点' },
  expected: { en: 'expected', zh: '预期' },
  actual: { en: 'actual', zh: '实际' },
  why: { en: 'why', zh: '原因' },
  fix: { en: 'fix', zh: '修复' },
  learn: { en: 'learn', zh: '学习' },
  seen: { en: 'seen', zh: '所见' },
  skipped: { en: '{title} · skipped: {reason}', zh: '{title} · 跳过：{reason}' },
  unjudged: { en: '{title} · cannot judge: {reason}', zh: '{title} · 无法判断：{reason}' },
  stillProgressing: { en: '{title} (still progressing)', zh: '{title}（仍在进行中）' },
  countPassed: { en: '{n} passed', zh: '{n} 项通过' },
  countFailed: { en: '{n} failed', zh: '{n} 项未通过' },
  countWarned: { en: '{n} warned', zh: '{n} 项警告' },
  countSkipped: { en: '{n} skipped', zh: '{n} 项跳过' },
  countUnjudged: { en: '{n} not judged', zh: '{n} 项无法判断' },
  seconds: { en: '{n} s', zh: '{n} 秒' },
  interrupted: { en: 'interrupted; what had begun was taken back', zh: '已中断；已开始的改动均已撤回' },
  nextOnly: { en: 'Next: journey verify --only {ids}', zh: '下一步：journey verify --only {ids}' },
  nextDisruptive: {
    en: '{n} more checks restart or interrupt parts of the stack: journey verify --disruptive',
    zh: '另有 {n} 项检查会重启或中断部分服务：journey verify --disruptive',
  },
  willDisrupt: { en: 'The disruptive checks will:', zh: '破坏性检查将会：' },
  retrying: { en: '{id} not yet: {actual}', zh: '{id} 尚未通过：{actual}' },
  leftover: { en: 'could not take back {what}: {reason}', zh: '无法撤回 {what}：{reason}' },
  healed: {
    en: 'took back what an interrupted run had left: {what}',
    zh: '已撤回上次被中断的检查留下的改动：{what}',
  },
  // --- explain, list, Markdown
  proves: { en: 'How it is proved', zh: '如何证明' },
  covers: { en: 'Requirement', zh: '对应的验收项' },
  kind: { en: 'Kind', zh: '类型' },
  harmless: {
    en: 'harmless: only reads, and canaries that are removed',
    zh: '无害：只读取，以及随后会删除的金丝雀对象',
  },
  disruptive: { en: 'disruptive (--disruptive): {what}', zh: '破坏性（--disruptive）：{what}' },
  fatal: {
    en: 'When it fails, the later checks of its category are skipped.',
    zh: '未通过时，同类的后续检查会被跳过。',
  },
  unknownCheck: {
    en: "there is no check '{id}'; did you mean {nearest}? All of them: npx journey verify --list",
    zh: '没有检查 {id}；你是指 {nearest} 吗？全部检查：npx journey verify --list',
  },
  notWithoutFlag: {
    en: '{id} disturbs the stack; add --disruptive to run it',
    zh: '{id} 会干扰服务；如需运行请加上 --disruptive',
  },
  markdownTitle: { en: 'Acceptance report', zh: '验收报告' },
  columnStatus: { en: 'Result', zh: '结果' },
  columnCheck: { en: 'Check', zh: '检查' },
  columnDetail: { en: 'Detail', zh: '详情' },
});
