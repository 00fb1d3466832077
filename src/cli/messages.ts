import { defineMessages } from '../i18n/messages.ts';

/** Everything the command line says. */
export const messages = defineMessages({
  // help
  about: {
    en: 'One real system from the four Kubernetes workload kinds: run it, prove it, break it, understand it.',
    zh: '由四种 Kubernetes 工作负载组成的一个真实系统：运行它、证明它、破坏它、理解它。',
  },
  usage: { en: 'Usage:', zh: '用法：' },
  arguments: { en: 'Arguments:', zh: '参数：' },
  options: { en: 'Options:', zh: '选项：' },
  commands: { en: 'Commands:', zh: '命令：' },
  helpOption: { en: 'show this help', zh: '显示帮助' },
  versionOption: { en: 'show the version', zh: '显示版本' },
  exitCodes: {
    en: 'Exit codes: 0 done · 1 failed · 2 usage · 3 nothing runs here · 8 not ready yet · 69 port or folder taken · 73 folder not writable · 78 configuration · 130 interrupted',
    zh: '退出码：0 完成 · 1 失败 · 2 用法错误 · 3 没有运行中的实例 · 8 尚未就绪 · 69 端口或目录被占用 · 73 目录不可写 · 78 配置错误 · 130 被中断',
  },
  start: {
    en: 'start the API, the log collector and the hourly clean-up on this machine',
    zh: '在本机启动 API、日志采集器与每小时一次的清理',
  },
  cleanup: { en: 'run the clean-up now and print what it did', zh: '立即运行一次清理并输出结果' },
  status: { en: 'show what runs, where, and how well', zh: '显示正在运行的程序、位置与状况' },
  logs: { en: 'show what the programs print', zh: '显示各程序的输出' },
  config: { en: 'check and show the configuration of every program', zh: '检查并显示各程序的配置' },
  configCreate: {
    en: 'write configuration files that are missing, every setting commented out',
    zh: '写入缺失的配置文件，所有配置项均为注释',
  },
  dirOption: { en: 'data folder', zh: '数据目录' },
  langOption: { en: 'language of the messages, en or zh', zh: '消息语言，en 或 zh' },
  jsonOption: { en: 'print JSON', zh: '输出 JSON' },
  portOption: { en: 'port of the API (8080; 0 takes a free one)', zh: 'API 端口（8080；0 表示任选空闲端口）' },
  metricsPortOption: {
    en: 'port of the log collector (9100; 0 takes a free one)',
    zh: '日志采集器端口（9100；0 表示任选空闲端口）',
  },
  hostOption: { en: 'address to listen on (127.0.0.1)', zh: '监听地址（127.0.0.1）' },
  storeOption: { en: 'sqlite, or redis://host:port', zh: 'sqlite，或 redis://host:port' },
  logLevelOption: {
    en: 'trace, debug, info, warn, error, fatal or silent',
    zh: 'trace、debug、info、warn、error、fatal 或 silent',
  },
  followStartOption: { en: 'show what the programs print', zh: '显示各程序的输出' },
  modeOption: { en: 'report, expire or unlink; otherwise as configured', zh: 'report、expire 或 unlink；缺省时按配置' },
  programArgument: {
    en: 'api, log-collector or cleanup-job; all if none',
    zh: 'api、log-collector 或 cleanup-job；缺省为全部',
  },
  followOption: { en: 'go on showing what is printed', zh: '持续显示新的输出' },
  linesOption: { en: 'lines of each program to begin with', zh: '每个程序起始显示的行数' },
  // logs --where, logs raw
  whereOption: {
    en: 'say of each line where it is: Pod, container, restart, file@offset',
    zh: '给出每一行的位置：Pod、容器、重启次数、文件@偏移',
  },
  logsRaw: {
    en: 'print the very bytes on disk that a record was made of',
    zh: '打印生成某条记录的磁盘原始字节',
  },
  placeArgument: {
    en: 'what --where shows: <namespace>_<pod>_<uid>/<container>/<restart>/<file>@<offset>',
    zh: '--where 给出的位置：<namespace>_<pod>_<uid>/<container>/<restart>/<file>@<offset>',
  },
  rawRootOption: { en: 'log directory to look in, such as /var/log/pods', zh: '要查找的日志目录，例如 /var/log/pods' },
  // logs explain
  logsExplain: {
    en: 'say what the log collector makes of a line, or of the first lines of a file, and why',
    zh: '说明日志采集器如何处理一行日志，或一个文件的前几行，以及原因',
  },
  explainArgument: {
    en: 'a line as it stands in a log file, or the path of one',
    zh: '日志文件中的一行，或日志文件的路径',
  },
  explainLinesOption: { en: 'lines to explain', zh: '要说明的行数' },
  explainSource: {
    en: 'from {namespace}/{pod}, container {container}, restart {restart}',
    zh: '来自 {namespace}/{pod}，容器 {container}，重启次数 {restart}',
  },
  explainRotated: { en: ', a rotated file', zh: '，已轮转的文件' },
  explainLine: {
    en: 'byte {offset}: {format} line of {time} on {stream}, its text is {text}; ',
    zh: '字节 {offset}：{format} 行，时间 {time}，流 {stream}，文本为 {text}；',
  },
  explainWhole: { en: 'it ends a line', zh: '一行在此结束' },
  explainPiece: { en: 'a piece, which the next of its stream goes on with', zh: '残行，由同一流的下一行继续' },
  explainUnknown: {
    en: 'byte {offset}: of no format that is known; the raw text is delivered, marked malformed',
    zh: '字节 {offset}：格式未知；原样交付文本并标记为 malformed',
  },
  explainRecords: { en: 'records a sink would get: {count}', zh: '输出端将收到的记录数：{count}' },
  explainOpen: {
    en: 'the line begun on {stream} is not ended: it waits for its end, or for that of its container (then marked incomplete)',
    zh: '{stream} 上开始的行尚未结束：等待它的结尾，或等待容器结束（届时标记为 incomplete）',
  },
  // logs prove
  logsProve: {
    en: 'prove that the log collector loses nothing: kill it, take the log store away, account for every line',
    zh: '证明日志采集器不丢失任何内容：杀死它、撤走日志存储，并核对每一行',
  },
  proveSecondsOption: { en: 'how long lines are written', zh: '写入持续的秒数' },
  proveRateOption: { en: 'lines a second', zh: '每秒行数' },
  proveKillsOption: { en: 'how often the collector is killed without warning', zh: '无预警杀死采集器的次数' },
  proveStarted: {
    en: 'a collector runs; numbered lines are written and rotated',
    zh: '采集器已运行；正在写入并轮转带编号的行',
  },
  proveKilled: { en: 'collector killed (kill -9) and started again', zh: '采集器已被杀死（kill -9），正在重新启动' },
  proveSinkDown: { en: 'log store taken away (503)', zh: '日志存储已撤走（503）' },
  proveSinkUp: { en: 'log store back', zh: '日志存储已恢复' },
  proveDraining: { en: 'all is written; waiting for what is left', zh: '写入完毕；等待剩余内容到达' },
  proveSent: { en: 'sent', zh: '已发送' },
  proveStored: { en: 'stored', zh: '已存储' },
  proveMissing: { en: 'missing', zh: '缺失' },
  proveTwice: { en: 'twice, known by their key', zh: '重复，可由键识别' },
  proveUnknownRepeats: { en: 'twice, under another key', zh: '重复，但键不同' },
  proveOutOfOrder: { en: 'out of order', zh: '乱序' },
  proveLostBytes: { en: 'bytes the collector itself counted as lost', zh: '采集器自己计为丢失的字节' },
  proven: { en: 'Proven: every line is accounted for.', zh: '已证明：每一行都有着落。' },
  notProven: { en: 'Not proven: see the numbers above.', zh: '未能证明：请看上面的数字。' },
  // usage errors
  unknownCommand: { en: "there is no command '{name}'", zh: '没有 “{name}” 这个命令' },
  unknownOption: { en: "there is no option '{name}'", zh: '没有 “{name}” 这个选项' },
  missingArgument: { en: "the argument '{name}' is missing", zh: '缺少参数 “{name}”' },
  missingValue: { en: "the option '{name}' wants a value", zh: '选项 “{name}” 需要一个值' },
  badValue: { en: "{name} cannot be '{value}': {reason}", zh: '{name} 不能是 “{value}”：{reason}' },
  tooMany: { en: 'there are more arguments than this command takes', zh: '参数多于该命令可接受的数量' },
  didYouMean: { en: 'Did you mean: {suggestion}', zh: '你是不是想输入：{suggestion}' },
  seeHelp: { en: 'Help: npx journey {command}--help', zh: '帮助：npx journey {command}--help' },
  portRule: { en: 'a port is a whole number from 0 to 65535', zh: '端口是 0 到 65535 的整数' },
  choiceRule: { en: 'one of {choices}', zh: '可选值为 {choices}' },
  linesRule: { en: 'a whole number from 0 to 10000', zh: '0 到 10000 的整数' },
  // start
  starting: {
    en: 'CloudNative Journey {version} is starting; data in {folder}',
    zh: 'CloudNative Journey {version} 正在启动；数据位于 {folder}',
  },
  running: { en: 'Running', zh: '正在运行' },
  apiLine: { en: 'API, documentation at {url}/docs', zh: 'API，文档位于 {url}/docs' },
  collectorLine: { en: 'collects the logs of the others', zh: '采集其他程序的日志' },
  cleanupLine: {
    en: 'every hour, next at {time}; now: npx journey cleanup',
    zh: '每小时一次，下次 {time}；立即运行：npx journey cleanup',
  },
  tryThis: { en: 'Try this in another terminal', zh: '在另一个终端试试' },
  look: { en: 'Look closer', zh: '进一步查看' },
  lookCommands: {
    en: 'npx journey status · npx journey logs --follow · settings in {folder}',
    zh: 'npx journey status · npx journey logs --follow · 配置位于 {folder}',
  },
  howToStop: {
    en: 'Ctrl-C stops everything in order; the data stays.',
    zh: '按 Ctrl-C 依次停止所有程序；数据会保留。',
  },
  readyAfter: { en: 'All ready after {ms} ms.', zh: '全部就绪，用时 {ms} 毫秒。' },
  stopping: { en: 'Stopping in order; once more ends everything at once.', zh: '正在依次停止；再按一次立即结束全部。' },
  stopped: {
    en: 'Stopped. Start again with npm start: the data is in {folder}.',
    zh: '已停止。再次运行 npm start 即可启动：数据位于 {folder}。',
  },
  stoppedAtOnce: { en: 'Ended at once. The data is in {folder}.', zh: '已立即结束。数据位于 {folder}。' },
  stateStarting: { en: 'starting', zh: '正在启动' },
  stateReady: { en: 'ready', zh: '就绪' },
  stateUnready: { en: 'not ready', zh: '未就绪' },
  stateBackingOff: { en: 'waiting to restart', zh: '等待重启' },
  stateConfigError: { en: 'configuration refused', zh: '配置被拒绝' },
  stateStopping: { en: 'stopping', zh: '正在停止' },
  stateStopped: { en: 'stopped', zh: '已停止' },
  // status
  statusHead: {
    en: 'journey {version} · pid {pid} · up {uptime} · {folder}',
    zh: 'journey {version} · pid {pid} · 已运行 {uptime} · {folder}',
  },
  restarts: { en: '{count} restart(s)', zh: '重启 {count} 次' },
  cacheLine: {
    en: 'hit rate {rate} since start, {entries} entries, {bytes}',
    zh: '启动以来命中率 {rate}，{entries} 条，{bytes}',
  },
  cacheUnknown: {
    en: 'the API does not answer /api/v1/cache/stats: {reason}',
    zh: 'API 未响应 /api/v1/cache/stats：{reason}',
  },
  noRequests: { en: 'no reads yet', zh: '尚无读取' },
  lastCleanup: { en: 'last {ago} ago: {summary}', zh: '上次在 {ago} 前：{summary}' },
  lastFailed: { en: 'last {ago} ago failed: {reason}', zh: '上次在 {ago} 前失败：{reason}' },
  noCleanup: { en: 'none yet', zh: '尚未运行' },
  nextCleanup: { en: 'next at {time}', zh: '下次 {time}' },
  cleanupNow: { en: 'running now ({pod})', zh: '正在运行（{pod}）' },
  // cleanup
  cleanupDone: { en: 'Clean-up {pod}: {summary} in {seconds} s', zh: '清理 {pod}：{summary}，用时 {seconds} 秒' },
  cleanupFailed: {
    en: 'Clean-up {pod} failed (exit code {code}): {reason}',
    zh: '清理 {pod} 失败（退出码 {code}）：{reason}',
  },
  cleanupDirect: {
    en: 'no stack runs in {folder}; running the clean-up by itself',
    zh: '{folder} 中没有运行中的实例；单独运行清理',
  },
  unknownReason: { en: 'unknown', zh: '未知' },
  // logs
  noLogs: { en: 'no logs in {folder} yet', zh: '{folder} 中还没有日志' },
  // config
  configOf: { en: '{program} · {file}', zh: '{program} · {file}' },
  configMissing: {
    en: 'no file yet: all defaults; npx journey config create makes one',
    zh: '尚无文件：全部为默认值；可用 npx journey config create 创建',
  },
  configCreated: { en: 'created {file}', zh: '已创建 {file}' },
  configKept: { en: 'kept {file}', zh: '已保留 {file}' },
  sourceDefault: { en: 'default', zh: '默认' },
  sourceFile: { en: 'file', zh: '文件' },
  sourceEnvironment: { en: 'environment', zh: '环境变量' },
});
