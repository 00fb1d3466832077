import type { Static } from 'typebox';
import * as Type from 'typebox';
import { setting } from '../config/schema.ts';
import { logLevels } from '../telemetry/logger.ts';
import { traceLanguages } from './trace/trace-rules.ts';

const whole = (fallback: number, minimum: number, maximum: number) =>
  Type.Integer({ default: fallback, minimum, maximum });

const logs = Type.Object({
  root: setting(Type.String({ default: '/var/log/pods', minLength: 1 }), {
    en: 'Directory whose `<namespace>_<pod>_<uid>/<container>/<restart>.log` files are collected.',
    zh: '采集其中 `<namespace>_<pod>_<uid>/<container>/<restart>.log` 文件的目录。',
    restart: true,
  }),
  startAt: setting(Type.Enum(['beginning', 'end'], { default: 'beginning' }), {
    en: 'Where to begin in files that are there when the collector meets them for the first time, without a checkpoint.',
    zh: '没有检查点时，首次遇到已存在的文件从何处开始读取。',
    restart: true,
  }),
  keptBytes: setting(whole(41_943_040, 1, Number.MAX_SAFE_INTEGER), {
    en: 'What the kubelet keeps of one container for certain: `containerLogMaxSize` × (`containerLogMaxFiles` − 1). For the forecast of losses.',
    zh: 'kubelet 必定为单个容器保留的字节数：`containerLogMaxSize` ×（`containerLogMaxFiles` − 1）。用于预测丢失。',
  }),
  scanMs: setting(whole(1_000, 20, 60_000), {
    en: 'How often directories are looked at for new, rotated and removed files, in milliseconds.',
    zh: '检查目录中新增、轮转与删除文件的间隔（毫秒）。',
  }),
});

const namespaces = () => Type.Array(Type.String({ minLength: 1, maxLength: 63 }), { default: [], maxItems: 1_000 });

const filter = Type.Object({
  includeNamespaces: setting(namespaces(), {
    en: 'Only these namespaces are collected; empty means all. Decided by the path, before anything is read.',
    zh: '仅采集这些 Namespace；留空表示全部。根据路径判断，在读取之前生效。',
  }),
  excludeNamespaces: setting(namespaces(), {
    en: 'These namespaces are not collected, even if included.',
    zh: '不采集这些 Namespace，即使已列入 include。',
  }),
  labelSelector: setting(Type.String({ default: '' }), {
    en: 'Only Pods with these labels, as `kubectl -l` takes them: `app=api,tier in (web,edge),!legacy`. Needs `metadata.source: api`.',
    zh: '仅采集具有这些标签的 Pod，写法同 `kubectl -l`：`app=api,tier in (web,edge),!legacy`。需要 `metadata.source: api`。',
  }),
  annotationSelector: setting(Type.String({ default: '' }), {
    en: 'The same for annotations, such as `example.com/logs!=off`.',
    zh: '同上，用于注解，例如 `example.com/logs!=off`。',
  }),
  unknownPodMs: setting(whole(5_000, 0, 600_000), {
    en: 'With a selector: how long a Pod may be unknown to the API before it is collected all the same, in milliseconds.',
    zh: '设置了选择器时：API 未知的 Pod 最多等待多少毫秒，之后照常采集。',
  }),
});

const metadata = Type.Object({
  source: setting(Type.Enum(['none', 'api'], { default: 'none' }), {
    en: 'Where labels, owner and the end of containers come from besides the path: `api` watches the Pods of `NODE_NAME`, and needs the right to list and watch them.',
    zh: '除路径之外，标签、所有者与容器结束状态的来源：`api` 会监听 `NODE_NAME` 上的 Pod，需要 list 与 watch 权限。',
    restart: true,
  }),
  labels: setting(
    Type.Array(Type.String({ minLength: 1, maxLength: 317 }), {
      default: [
        'app.kubernetes.io/name',
        'app.kubernetes.io/instance',
        'app.kubernetes.io/component',
        'app',
        'k8s-app',
      ],
      maxItems: 100,
    }),
    {
      en: 'Labels that go into each record where a Pod has them; `*` means all.',
      zh: '写入每条记录的标签（若 Pod 具有）；`*` 表示全部。',
    },
  ),
  apiUrl: setting(Type.String({ default: '', pattern: '^(https?://.*)?$' }), {
    en: 'Address of the API server; empty means the one that a Pod is told.',
    zh: 'API 服务器地址；留空则使用 Pod 内提供的地址。',
    restart: true,
  }),
  tokenFile: setting(Type.String({ default: '/var/run/secrets/kubernetes.io/serviceaccount/token' }), {
    en: 'File with the bearer token; empty sends none.',
    zh: '保存 bearer token 的文件；留空则不发送。',
    restart: true,
  }),
  caFile: setting(Type.String({ default: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' }), {
    en: 'File with the certificate authority of the API server; empty trusts what Node trusts.',
    zh: 'API 服务器证书颁发机构文件；留空则使用 Node 默认信任的机构。',
    restart: true,
  }),
});

const reader = Type.Object({
  pollMs: setting(whole(100, 5, 10_000), {
    en: 'How often a file that is being written is looked at, in milliseconds; idle files less often, up to `logs.scanMs`.',
    zh: '检查正在写入的文件的间隔（毫秒）；空闲文件的检查间隔逐渐放宽，最长为 `logs.scanMs`。',
  }),
  turnBytes: setting(whole(262_144, 4_096, 4_194_304), {
    en: 'Most bytes read from one container before the next has its turn.',
    zh: '每个容器一轮最多读取的字节数，之后轮到下一个容器。',
    restart: true,
  }),
  maxLineBytes: setting(whole(1_048_576, 1_024, 16_777_216), {
    en: 'Longest line, joined; the rest is cut off, marked and counted.',
    zh: '拼接后单行的最大字节数；超出部分被截断、标记并计数。',
    restart: true,
  }),
  inflightMaxBytes: setting(whole(8_388_608, 1_048_576, 1_073_741_824), {
    en: 'Memory for what has been read and not yet taken by the sink: batches and unfinished lines. At the limit reading stops.',
    zh: '已读取但尚未被输出端接收的数据（批次与未完成的行）所占内存上限；达到上限即停止读取。',
    restart: true,
  }),
  rotationSettleMs: setting(whole(200, 0, 60_000), {
    en: 'How long a rotated file must not have grown, once it has a successor, to be finished, in milliseconds.',
    zh: '已轮转的文件在出现后继文件之后，需静止多少毫秒才算读完。',
    restart: true,
  }),
  rateLimitBytes: setting(whole(0, 0, Number.MAX_SAFE_INTEGER), {
    en: 'Most bytes read from one container in a second; 0 is no limit. Beyond it the file waits; only what the kubelet is about to delete is dropped, and counted as `rate_limited`.',
    zh: '每秒最多从单个容器读取的字节数；0 表示不限。超出部分留在文件中等待；只有 kubelet 即将删除的内容才会被丢弃，并计为 `rate_limited`。',
  }),
  heldDeletedMaxBytes: setting(whole(268_435_456, 0, Number.MAX_SAFE_INTEGER), {
    en: 'Most disk space kept by holding deleted files open until they are read; beyond it the oldest is released and the loss counted.',
    zh: '为读完已删除的文件而保持打开所占用的磁盘空间上限；超出后释放最旧的文件并计入丢失。',
  }),
});

const languages = traceLanguages.join('|');

const traces = Type.Object({
  rules: setting(
    Type.Array(
      Type.String({ pattern: `^[^/\\s=]+/[^/\\s=]+/[^/\\s=]+(=(${languages})(\\+(${languages}))*)?$`, maxLength: 400 }),
      { default: [], maxItems: 1_000 },
    ),
    {
      en: 'Containers whose stack traces become one record each: `<namespace>/<pod>/<container>`, with `*` for any text, and the languages if not all of them: `shop/api-*/main=java+node`. The first that fits holds; a Pod’s annotation goes before.',
      zh: '将堆栈跟踪合并为单条记录的容器：`<namespace>/<pod>/<container>`，`*` 匹配任意文本；可指定语言（默认全部）：`shop/api-*/main=java+node`。以首个匹配项为准；Pod 注解优先。',
    },
  ),
  annotation: setting(Type.String({ default: 'journey.example/join-traces', minLength: 1, maxLength: 317 }), {
    en: 'Annotation by which a Pod asks for the same, with `metadata.source: api`: `main,worker=java`, `*` for all its containers, `none` for none.',
    zh: 'Pod 用于请求合并堆栈跟踪的注解（需要 `metadata.source: api`）：`main,worker=java`，`*` 表示全部容器，`none` 表示不合并。',
  }),
  waitMs: setting(whole(1_000, 10, 60_000), {
    en: 'Longest time between two lines of one trace, and how long its last line waits for another, in milliseconds.',
    zh: '同一堆栈跟踪中相邻两行的最长间隔，也是最后一行等待后续行的时间（毫秒）。',
  }),
  maxLines: setting(whole(500, 2, 100_000), {
    en: 'Most lines of one record; a longer trace goes on in the next.',
    zh: '单条记录的最大行数；更长的堆栈跟踪在下一条记录中继续。',
  }),
  maxBytes: setting(whole(131_072, 1_024, 1_048_576), {
    en: 'Most bytes of one record made of several lines; no more than `reader.maxLineBytes`.',
    zh: '由多行合并的单条记录的最大字节数；不超过 `reader.maxLineBytes`。',
  }),
});

const records = Type.Object({
  redact: setting(Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), { default: [], maxItems: 100 }), {
    en: 'Regular expressions of what must not leave the node: each match becomes `[redacted]`, or only its group named `secret`: `password=(?<secret>\\S+)`. Applied to the whole line before any sink.',
    zh: '不得离开节点的内容的正则表达式：每处匹配替换为 `[redacted]`；若有名为 `secret` 的组，则只替换该组，例如 `password=(?<secret>\\S+)`。在进入任何输出端之前对整行生效。',
  }),
  fields: setting(Type.Enum(['none', 'json', 'all'], { default: 'json' }), {
    en: 'Which recognised texts are also given as `fields`: `json` objects only, `all` (logfmt and klog too), or `none`. The raw text is always there.',
    zh: '哪些可识别的文本同时以 `fields` 给出：仅 `json` 对象、`all`（含 logfmt 与 klog）或 `none`。原始文本始终保留。',
  }),
  traces,
});

const fileSink = Type.Object({
  path: setting(Type.String({ default: './records.jsonl', minLength: 1 }), {
    en: 'With `sink.kind: file`: where the records go.',
    zh: '`sink.kind: file` 时记录写入的文件。',
    restart: true,
  }),
  maxBytes: setting(whole(104_857_600, 0, Number.MAX_SAFE_INTEGER), {
    en: 'The file is renamed to `.1` when it would grow beyond this; 0 never.',
    zh: '文件将超过该字节数时改名为 `.1`；0 表示从不轮转。',
    restart: true,
  }),
  maxFiles: setting(whole(5, 0, 1_000), {
    en: 'Renamed files to keep.',
    zh: '保留的已改名文件数量。',
    restart: true,
  }),
});

const pushSink = Type.Object({
  url: setting(Type.String({ default: 'http://127.0.0.1:3100/loki/api/v1/push', pattern: '^https?://' }), {
    en: 'With `sink.kind` `loki` or `otlp`: where to send records, the whole URL (`…/loki/api/v1/push`, `…/v1/logs`).',
    zh: '`sink.kind` 为 `loki` 或 `otlp` 时的完整推送地址（`…/loki/api/v1/push`、`…/v1/logs`）。',
    restart: true,
  }),
  timeoutMs: setting(whole(10_000, 100, 300_000), {
    en: 'How long one request may take, in milliseconds; then it is tried again.',
    zh: '单次请求的最长毫秒数，超时后重试。',
    restart: true,
  }),
  headersFile: setting(Type.String({ default: '' }), {
    en: 'File with one `Name: value` a line to add to each request, such as `Authorization` or `X-Scope-OrgID`; from a Secret.',
    zh: '每行一个 `Name: value` 的文件，附加到每个请求，例如 `Authorization` 或 `X-Scope-OrgID`；来自 Secret。',
    restart: true,
  }),
});

const sink = Type.Object({
  kind: setting(Type.Enum(['stdout', 'file', 'loki', 'otlp'], { default: 'stdout' }), {
    en: 'Where records go: JSON lines on `stdout` or in a `file`, Grafana `loki`, or `otlp` over HTTP with protobuf.',
    zh: '记录的输出端：以 JSON 行写入 `stdout` 或 `file`，推送到 Grafana `loki`，或通过 HTTP 以 protobuf 发送 `otlp`。',
    restart: true,
  }),
  file: fileSink,
  push: pushSink,
});

const state = Type.Object({
  directory: setting(Type.String({ default: '/var/lib/journey/log-collector', minLength: 1 }), {
    en: 'Folder for the checkpoint; must survive a restart.',
    zh: '保存检查点的目录；必须在重启后仍然存在。',
    restart: true,
  }),
  checkpointMs: setting(whole(1_000, 100, 60_000), {
    en: 'Least time between two checkpoints, in milliseconds.',
    zh: '两次检查点之间的最短间隔（毫秒）。',
  }),
});

const http = Type.Object({
  host: setting(Type.String({ default: '0.0.0.0', minLength: 1 }), {
    en: 'Address of /metrics, /livez, /readyz, /streams and /config.',
    zh: '/metrics、/livez、/readyz、/streams 与 /config 的监听地址。',
    restart: true,
  }),
  port: setting(whole(9_100, 0, 65_535), {
    en: 'Port to listen on; 0 takes any free one and logs which.',
    zh: '监听端口；0 表示任选空闲端口并写入日志。',
    restart: true,
  }),
});

const follow = Type.Object({
  port: setting(whole(0, 0, 65_535), {
    en: 'Port on 127.0.0.1, and there only, for `journey logs --cluster` by way of `kubectl port-forward`; 0 offers none.',
    zh: '供 `journey logs --cluster` 经 `kubectl port-forward` 使用的端口，仅监听 127.0.0.1；0 表示不提供。',
    restart: true,
  }),
  maxSessions: setting(whole(4, 1, 100), {
    en: 'How many may follow at a time. Each takes about 1.3 MB of memory.',
    zh: '可同时跟随的会话数，每个约占 1.3 MB 内存。',
    restart: true,
  }),
});

const shutdown = Type.Object({
  flushMs: setting(whole(5_000, 0, 300_000), {
    en: 'After SIGTERM: how long the sink may take for what has been read, in milliseconds. What it has not taken is read again after the restart.',
    zh: '收到 SIGTERM 后，等待输出端接收已读数据的毫秒数。未被接收的数据在重启后重新读取。',
  }),
});

/** Everything that can be set about the log collector. */
export const collectorConfigSchema = Type.Object({
  logLevel: setting(Type.Enum([...logLevels], { default: 'info' }), {
    en: 'Least severe lines of the collector’s own log, which goes to stderr when records go to stdout.',
    zh: '采集器自身日志的最低级别；当记录输出到 stdout 时，自身日志写入 stderr。',
  }),
  logs,
  filter,
  metadata,
  reader,
  records,
  sink,
  state,
  http,
  follow,
  shutdown,
});

export type CollectorConfig = Static<typeof collectorConfigSchema>;
