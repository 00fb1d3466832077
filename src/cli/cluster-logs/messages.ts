import { defineMessages } from '../../i18n/messages.ts';

export const clusterLogsMessages = defineMessages({
  lost: {
    en: '{node}: at least {bytes} bytes of {key} are gone before they could be shown ({reason})',
    zh: '{node}：{key} 至少有 {bytes} 字节在显示之前已丢失（{reason}）',
  },
  maybeLost: {
    en: '{node}: a log file of {key} is gone ({reason}); what was written to it while nobody looked, 0 bytes or more, cannot be shown',
    zh: '{node}：{key} 的一个日志文件已不存在（{reason}）；无人查看期间写入的内容（0 字节或更多）无法显示',
  },
  away: {
    en: '{node}: not reached ({reason}); trying again, and going on where it was',
    zh: '{node}：无法连接（{reason}）；将重试，并从中断处继续',
  },
  back: { en: '{node}: reached again after {seconds} s', zh: '{node}：{seconds} 秒后恢复连接' },
  joined: { en: '{node}: has joined', zh: '{node}：新加入' },
  unreached: {
    en: '{node}: could not be asked; its lines are missing here',
    zh: '{node}：无法查询；此处缺少该节点的日志',
  },
  clusterOption: {
    en: 'logs of the cluster, through its collectors; so does any option below that names or chooses',
    zh: '通过采集器查看集群日志；下列任一指定或筛选选项含义相同',
  },
  podsArgument: {
    en: 'on this machine: api, log-collector or cleanup-job; on a cluster: Pods or beginnings of their names',
    zh: '本机：api、log-collector 或 cleanup-job；集群：Pod 名称或其开头部分',
  },
  namespaceOption: { en: 'only these namespaces, a,b', zh: '仅这些命名空间，a,b' },
  selectorOption: { en: 'only Pods with these labels, as kubectl -l', zh: '仅带有这些标签的 Pod，写法同 kubectl -l' },
  containerOption: { en: 'only these containers, a,b', zh: '仅这些容器，a,b' },
  nodeOption: { en: 'only these nodes, a,b', zh: '仅这些节点，a,b' },
  whereNotFollowed: {
    en: 'On this machine --where shows what is there already, without --follow.',
    zh: '在本机上，--where 只显示已有的日志，不能与 --follow 同用。',
  },
  jsonNeedsCluster: {
    en: 'On this machine the programs print JSON themselves; --json is for --cluster.',
    zh: '在本机上各程序本身就输出 JSON；--json 用于 --cluster。',
  },
});
