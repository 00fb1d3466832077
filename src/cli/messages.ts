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
  commandHelp: {
    en: 'More on a command: npx journey <command> --help',
    zh: '查看某个命令：npx journey <command> --help',
  },
  helpOption: { en: 'show this help', zh: '显示帮助' },
  versionOption: { en: 'show the version', zh: '显示版本' },
  exitCodes: {
    en: `Exit codes: 0 done · 1 failed · 2 usage · 3 nothing runs here · 8 not ready yet
66 file or cluster not found · 69 port or folder taken · 73 folder not writable
78 configuration · 130 interrupted`,
    zh: `退出码：0 完成 · 1 失败 · 2 用法错误 · 3 没有运行中的实例 · 8 尚未就绪
66 找不到文件或集群 · 69 端口或目录被占用 · 73 目录不可写 · 78 配置错误 · 130 被中断`,
  },
  start: {
    en: 'start the API, the log collector and the hourly clean-up on this machine',
    zh: '在本机启动 API、日志采集器与每小时一次的清理',
  },
  cleanup: { en: 'run the clean-up now and print what it did', zh: '立即运行一次清理并输出结果' },
  status: { en: 'show what runs, where, and how well', zh: '显示正在运行的程序、位置与状况' },
  logs: { en: 'show what the programs print', zh: '显示各程序的输出' },
  config: {
    en: 'check the settings in files and environment, show each and its source',
    zh: '检查文件与环境变量中的配置，显示每一项及其来源',
  },
  configCreate: {
    en: 'write configuration files that are missing, every setting commented out',
    zh: '写入缺失的配置文件，所有配置项均为注释',
  },
  dirOption: { en: 'data folder (.journey)', zh: '数据目录（.journey）' },
  langOption: { en: 'language of the messages, en or zh', zh: '消息语言，en 或 zh' },
  jsonOption: { en: 'print JSON', zh: '输出 JSON' },
  portOption: { en: 'port of the API (8080; 0 takes a free one)', zh: 'API 端口（8080；0 表示任选空闲端口）' },
  metricsPortOption: {
    en: 'port of the log collector (9100; 0 takes a free one)',
    zh: '日志采集器端口（9100；0 表示任选空闲端口）',
  },
  hostOption: { en: 'address to listen on (127.0.0.1)', zh: '监听地址（127.0.0.1）' },
  storeOption: {
    en: 'sqlite, or redis://host:port, rediss:// for TLS',
    zh: 'sqlite，或 redis://host:port；使用 TLS 时为 rediss://',
  },
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
  linesOption: { en: 'lines of each program to begin with (20)', zh: '每个程序起始显示的行数（20）' },
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
  explainCollectorOption: {
    en: 'ask the collector at this address, such as http://localhost:9100, for its settings and what it follows',
    zh: '向此地址（例如 http://localhost:9100）的采集器询问其配置与正在跟随的容器',
  },
  explainDefaults: {
    en: 'with the default settings: no collector runs here and there is no file of settings',
    zh: '使用默认配置：此处没有运行中的采集器，也没有配置文件',
  },
  explainAsked: { en: 'with the settings of the collector at {url}', zh: '使用 {url} 处采集器的配置' },
  explainFile: {
    en: 'with the settings in {file}; no collector runs here',
    zh: '使用 {file} 中的配置；此处没有运行中的采集器',
  },
  explainWanted: { en: 'it is read: no filter speaks against it', zh: '会被读取：没有过滤器排除它' },
  explainFollowed: { en: 'it is read: the collector follows it', zh: '正在读取：采集器正跟随它' },
  explainExcluded: { en: 'it is not read: its namespace is in {rule}', zh: '不会读取：其 Namespace 在 {rule} 之列' },
  explainNotIncluded: {
    en: 'it is not read: its namespace is not in {rule}',
    zh: '不会读取：其 Namespace 不在 {rule} 之列',
  },
  explainSelector: {
    en: 'it is not read: the collector does not follow it, so its Pod does not fit {rule}, or is its own',
    zh: '未被读取：采集器没有跟随它，因此其 Pod 不符合 {rule}，或是采集器自身的 Pod',
  },
  explainSelectorUnknown: {
    en: 'whether it is read depends on its Pod’s labels and annotations, which only a running collector knows (--collector): {rule}',
    zh: '是否读取取决于 Pod 的标签与注解，只有运行中的采集器知道（--collector）：{rule}',
  },
  explainNotFollowed: {
    en: 'it is not read by this collector, though no filter speaks against it: it is on another node, in another folder than logs.root, of the collector’s own Pod, or read to its end',
    zh: '此采集器没有读取它，尽管没有过滤器排除它：它在其他节点上、不在 logs.root 之下、属于采集器自身的 Pod，或已读到末尾',
  },
  explainNotJoined: { en: 'its stack traces are not joined', zh: '其堆栈跟踪不会合并' },
  explainJoinedByRule: {
    en: 'its stack traces are joined as {languages}, by the rule {rule}',
    zh: '其堆栈跟踪按 {languages} 合并，依据规则 {rule}',
  },
  explainJoinedByAnnotation: {
    en: 'its stack traces are joined as {languages}, by its Pod’s annotation',
    zh: '其堆栈跟踪按 {languages} 合并，依据 Pod 的注解',
  },
  explainNoLimit: { en: 'there is no rate limit', zh: '没有限速' },
  explainLimitUnknown: {
    en: 'rate limit: {bytesPerSecond} bytes a second; whether it is active only a running collector knows (--collector)',
    zh: '限速：每秒 {bytesPerSecond} 字节；是否正在生效只有运行中的采集器知道（--collector）',
  },
  explainLimitActive: {
    en: 'rate limit: {bytesPerSecond} bytes a second, and it waits for it now; {waits} waits so far, {droppedBytes} bytes dropped',
    zh: '限速：每秒 {bytesPerSecond} 字节，此刻正在等待；至今等待 {waits} 次，丢弃 {droppedBytes} 字节',
  },
  explainLimitInactive: {
    en: 'rate limit: {bytesPerSecond} bytes a second, not active now; {waits} waits so far, {droppedBytes} bytes dropped',
    zh: '限速：每秒 {bytesPerSecond} 字节，此刻未生效；至今等待 {waits} 次，丢弃 {droppedBytes} 字节',
  },
  explainBeginsTrace: { en: '; it begins a stack trace', zh: '；它开始一个堆栈跟踪' },
  explainContinuesTrace: { en: '; it continues a stack trace', zh: '；它延续一个堆栈跟踪' },
  explainMayBeginTrace: {
    en: '; it may be the first line of a stack trace, and waits for what follows where traces are joined',
    zh: '；它可能是堆栈跟踪的首行，在合并堆栈跟踪时会等待后续行',
  },
  explainRedacted: { en: '  redacted by {rules}', zh: '  由以下规则脱敏：{rules}' },
  explainLinesOption: { en: 'lines to explain (10)', zh: '要说明的行数（10）' },
  explainSource: {
    en: 'from {namespace}/{pod}, container {container}, restart {restart}',
    zh: '来自 {namespace}/{pod}，容器 {container}，重启次数 {restart}',
  },
  explainRotated: { en: ', a rotated file', zh: '，已轮转的文件' },
  explainLine: {
    en: 'byte {offset}: {format} line of {time} on {stream}, its text in the form {text}; ',
    zh: '字节 {offset}：{format} 行，时间 {time}，流 {stream}，文本格式为 {text}；',
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
  proveSecondsOption: { en: 'how many seconds lines are written (15)', zh: '写入持续的秒数（15）' },
  proveRateOption: { en: 'lines a second (2000)', zh: '每秒行数（2000）' },
  proveKillsOption: { en: 'how often the collector is killed without warning (2)', zh: '无预警杀死采集器的次数（2）' },
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
  // verify, explain, load
  verify: { en: 'judge the stack on a cluster, check by check', zh: '逐项检查集群上的整套服务' },
  explain: { en: 'say what a check of verify proves, and how', zh: '说明 verify 的某项检查证明了什么、如何证明' },
  load: { en: 'put load on the API for a bounded time and measure it', zh: '在限定时间内对 API 施加负载并测量' },
  onlyOption: { en: 'only these checks or categories: RD05,LC', zh: '只运行这些检查或类别：RD05,LC' },
  disruptiveOption: {
    en: 'also the checks that restart or interrupt parts of the stack; says first what they do',
    zh: '同时运行会重启或中断部分服务的检查；运行前会说明其内容',
  },
  waitOption: { en: 'seconds to look again at what has not passed', zh: '对未通过的检查反复查看的秒数' },
  strictOption: { en: 'warnings count as failures', zh: '警告也算作不通过' },
  outputOption: { en: 'text, json, junit or md', zh: 'text、json、junit 或 md' },
  shortOption: { en: 'only what did not pass, and the counts', zh: '只显示未通过的项目与计数' },
  verboseOption: { en: 'also what passing checks have seen', zh: '同时显示通过的检查看到了什么' },
  listOption: { en: 'list the checks; * needs --disruptive', zh: '列出所有检查；* 表示需要 --disruptive' },
  kubectlOption: { en: 'kubectl to use', zh: '要使用的 kubectl' },
  kubeconfigOption: {
    en: 'kubeconfig file (the cluster of journey up, else yours)',
    zh: 'kubeconfig 文件（默认为 journey up 的集群，没有时用你自己的）',
  },
  contextOption: { en: 'context in it', zh: '其中的上下文' },
  checkArgument: { en: 'check or category: RD05, LC', zh: '检查或类别：RD05、LC' },
  providerOption: {
    en: 'the cluster of minikube, kind, local or existing (whichever is up)',
    zh: 'minikube、kind、local 或 existing 的集群（默认为正在运行的那个）',
  },
  clusterNameOption: { en: 'name of that cluster (journey)', zh: '该集群的名称（journey）' },
  urlOption: {
    en: 'address of the API (the cluster of journey up, else http://127.0.0.1:8080)',
    zh: 'API 的地址（默认为 journey up 的集群，没有时为 http://127.0.0.1:8080）',
  },
  secondsOption: { en: 'how long, at most 60 (10)', zh: '持续时间（秒），最多 60（10）' },
  connectionsOption: { en: 'connections, at most 512 (16)', zh: '连接数，最多 512（16）' },
  keysOption: { en: 'different keys, at most 100000 (1000)', zh: '不同键的数量，最多 100000（1000）' },
  readsOption: { en: 'share of reads in percent (90)', zh: '读操作所占百分比（90）' },
  bytesOption: { en: 'size of a value as JSON (256)', zh: '值的 JSON 字节数（256）' },
  rateOption: {
    en: 'requests per second that are due; as fast as answers come if absent',
    zh: '每秒应发送的请求数；缺省时收到应答后立即发送下一个',
  },
  allowRemoteOption: { en: 'allow a target beyond this machine', zh: '允许本机以外的目标' },
  // usage errors
  unknownCommand: { en: "there is no command '{name}'", zh: '没有 “{name}” 这个命令' },
  unknownOption: { en: "there is no option '{name}'", zh: '没有 “{name}” 这个选项' },
  missingArgument: { en: "the argument '{name}' is missing", zh: '缺少参数 “{name}”' },
  missingValue: { en: "the option '{name}' wants a value", zh: '选项 “{name}” 需要一个值' },
  numberRule: { en: 'give a number', zh: '请填写数字' },
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
    en: 'every hour, next at {time}; now: npx journey cleanup{dir}',
    zh: '每小时一次，下次 {time}；立即运行：npx journey cleanup{dir}',
  },
  tryThis: { en: 'Try this in another terminal', zh: '在另一个终端试试' },
  look: { en: 'Look closer', zh: '进一步查看' },
  lookCommands: {
    en: 'npx journey status{dir} · npx journey logs --follow{dir} · settings in {folder}',
    zh: 'npx journey status{dir} · npx journey logs --follow{dir} · 配置位于 {folder}',
  },
  howToStop: {
    en: 'Ctrl-C stops everything in order; the data stays.',
    zh: '按 Ctrl-C 依次停止所有程序；数据会保留。',
  },
  readyAfter: { en: 'All ready after {ms} ms.', zh: '全部就绪，用时 {ms} 毫秒。' },
  stopping: { en: 'Stopping in order; once more ends everything at once.', zh: '正在依次停止；再按一次立即结束全部。' },
  stopped: {
    en: 'Stopped. Start again with {command}: the data is in {folder}.',
    zh: '已停止。再次运行 {command} 即可启动：数据位于 {folder}。',
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
  upFor: { en: 'up {duration}', zh: '已运行 {duration}' },
  restarts: { en: 'restarts: {count}', zh: '重启 {count} 次' },
  cacheLine: {
    en: '{rate}; entries: {entries}, {bytes}',
    zh: '{rate}，{entries} 条，{bytes}',
  },
  cacheUnknown: {
    en: 'the API does not answer /api/v1/cache/stats: {reason}',
    zh: 'API 未响应 /api/v1/cache/stats：{reason}',
  },
  noAnswerInTime: { en: 'nothing came within a second', zh: '一秒内没有应答' },
  hitRate: { en: 'hit rate {percent} % since start', zh: '启动以来命中率 {percent} %' },
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
