import type { Text } from '../i18n/messages.ts';

/** One kind of failure: what HTTP answers, what a process exits with, and what a person is told, with the way out. */
export interface ErrorKind {
  /** HTTP status code of the problem document; only what the API answers has one. */
  readonly status?: number;
  /** Process exit code, after sysexits.h where it has one (75 retry, 77 credentials, 78 configuration). */
  readonly exitCode: number;
  readonly title: Text;
  /** What happened, where, and what to do next; `{placeholders}` are the error's parameters. */
  readonly detail: Text;
}

const kind = <const K extends ErrorKind>(k: K): K => k;

/** Every failure a user can meet. Codes are stable: they are the `code` member of problem documents and of log lines. */
export const errorCatalogue = {
  // --- requests -----------------------------------------------------------------------------------------------
  'malformed-json': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'Body is not JSON', zh: '请求体不是 JSON' },
    detail: { en: 'The body could not be parsed as JSON: {reason}.', zh: '无法将请求体解析为 JSON：{reason}。' },
  }),
  'invalid-request': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'Request does not match the schema', zh: '请求不符合模式定义' },
    detail: { en: '{where}: {reason}.', zh: '{where}：{reason}。' },
  }),
  'bad-url': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'URL cannot be decoded', zh: 'URL 无法解码' },
    detail: {
      en: 'The path is not valid percent-encoded UTF-8. Encode each byte outside A–Z a–z 0–9 - . _ ~ as %XX.',
      zh: '路径不是合法的百分号编码 UTF-8。请将 A–Z a–z 0–9 - . _ ~ 以外的每个字节编码为 %XX。',
    },
  }),
  'bad-http': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'Not a valid HTTP request', zh: '不是合法的 HTTP 请求' },
    detail: { en: 'The HTTP parser stopped: {reason}.', zh: 'HTTP 解析器已停止：{reason}。' },
  }),
  'key-invalid': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'Key is not valid', zh: '键不合法' },
    detail: { en: 'The key {reason}.', zh: '键{reason}。' },
  }),
  'ttl-invalid': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'TTL is not valid', zh: 'TTL 不合法' },
    detail: {
      en: 'ttl must be a whole number of seconds from 1 to {maxTtlSeconds} (limits.maxTtlSeconds), null for no expiry, or absent to keep the present one.',
      zh: 'ttl 必须是 1 到 {maxTtlSeconds}（limits.maxTtlSeconds）之间的整数秒；null 表示永不过期，缺省表示保持现有过期时间。',
    },
  }),
  'route-not-found': kind({
    status: 404,
    exitCode: 66,
    title: { en: 'No such endpoint', zh: '没有这个端点' },
    detail: {
      en: 'Nothing answers {method} {path}. {instead}.',
      zh: '没有端点响应 {method} {path}。{instead}。',
    },
  }),
  'key-not-found': kind({
    status: 404,
    exitCode: 66,
    title: { en: 'Key not found', zh: '键不存在' },
    detail: {
      en: 'There is no entry under the key {key}; it was never written, was deleted, or has expired.',
      zh: '键 {key} 下没有数据：从未写入、已被删除或已过期。',
    },
  }),
  'method-not-allowed': kind({
    status: 405,
    exitCode: 65,
    title: { en: 'Method not allowed', zh: '不允许的方法' },
    detail: { en: '{path} answers {allow}, not {method}.', zh: '{path} 支持 {allow}，不支持 {method}。' },
  }),
  'request-timeout': kind({
    status: 408,
    exitCode: 75,
    title: { en: 'Request took too long to arrive', zh: '请求接收超时' },
    detail: {
      en: 'The whole request did not arrive within server.requestTimeoutMs. Send it again, faster or smaller.',
      zh: '在 server.requestTimeoutMs 内没有收到完整的请求。请更快或以更小的体积重新发送。',
    },
  }),
  'precondition-failed': kind({
    status: 412,
    exitCode: 65,
    title: { en: 'Precondition failed', zh: '前置条件不满足' },
    detail: {
      en: '{condition} does not hold for the key {key}; nothing was changed. Read it again and repeat with its ETag.',
      zh: '键 {key} 不满足 {condition}，未做任何修改。请重新读取，并带上新的 ETag 重试。',
    },
  }),
  'body-too-large': kind({
    status: 413,
    exitCode: 65,
    title: { en: 'Body is too large', zh: '请求体过大' },
    detail: {
      en: 'The body is larger than limits.maxBodyBytes, which is {maxBodyBytes}.',
      zh: '请求体超过 limits.maxBodyBytes，即 {maxBodyBytes} 字节。',
    },
  }),
  'value-too-large': kind({
    status: 413,
    exitCode: 65,
    title: { en: 'Value is too large', zh: '值过大' },
    detail: {
      en: 'The value is {bytes} bytes as JSON; limits.maxValueBytes is {maxValueBytes}.',
      zh: '该值的 JSON 为 {bytes} 字节，而 limits.maxValueBytes 为 {maxValueBytes}。',
    },
  }),
  'key-too-long': kind({
    status: 414,
    exitCode: 65,
    title: { en: 'Key is too long', zh: '键过长' },
    detail: {
      en: 'The key is {bytes} bytes in UTF-8; limits.maxKeyBytes is {maxKeyBytes}.',
      zh: '该键的 UTF-8 编码为 {bytes} 字节，而 limits.maxKeyBytes 为 {maxKeyBytes}。',
    },
  }),
  'unsupported-media-type': kind({
    status: 415,
    exitCode: 65,
    title: { en: 'Only JSON is understood', zh: '只接受 JSON' },
    detail: {
      en: 'Send Content-Type: application/json, not {contentType}.',
      zh: '请使用 Content-Type: application/json，而不是 {contentType}。',
    },
  }),
  'headers-too-large': kind({
    status: 431,
    exitCode: 65,
    title: { en: 'Headers are too large', zh: '请求头过大' },
    detail: { en: 'The request line and headers exceed 16 KiB.', zh: '请求行与请求头合计超过 16 KiB。' },
  }),
  'cursor-invalid': kind({
    status: 400,
    exitCode: 65,
    title: { en: 'Cursor is not valid', zh: '游标不合法' },
    detail: {
      en: 'The cursor was not issued by this listing. Use the nextCursor of the page before as it is, or leave it out to start from the beginning.',
      zh: '该游标不是由此列表签发的。请原样使用上一页的 nextCursor，或省略它从头开始。',
    },
  }),
  'expectation-failed': kind({
    status: 417,
    exitCode: 65,
    title: { en: 'Expectation cannot be met', zh: '无法满足期望' },
    detail: {
      en: 'Expect: {expectation} is not understood; only 100-continue is.',
      zh: '不理解 Expect: {expectation}；仅支持 100-continue。',
    },
  }),
  'cache-test-failed': kind({
    status: 500,
    exitCode: 70,
    title: { en: 'The cache round trip failed', zh: '缓存往返测试失败' },
    detail: {
      en: 'Step {step} did not do what it should: {reason}. GET /readyz says whether the store is up.',
      zh: '步骤 {step} 的结果不符合预期：{reason}。可通过 GET /readyz 查看存储是否可用。',
    },
  }),
  'too-many-clients': kind({
    status: 503,
    exitCode: 75,
    title: { en: 'Too many event clients', zh: '事件客户端过多' },
    detail: {
      en: '{clients} clients follow the events already; limits.maxEventClients is {maxEventClients}. Close one, or raise the limit.',
      zh: '已有 {clients} 个客户端在订阅事件，而 limits.maxEventClients 为 {maxEventClients}。请关闭一个，或提高上限。',
    },
  }),
  'shutting-down': kind({
    status: 503,
    exitCode: 75,
    title: { en: 'Shutting down', zh: '正在关闭' },
    detail: {
      en: 'This replica is about to stop; connect again to reach another one.',
      zh: '该副本即将停止；请重新连接到其他副本。',
    },
  }),
  internal: kind({
    status: 500,
    exitCode: 70,
    title: { en: 'This is our bug', zh: '这是我们的缺陷' },
    detail: {
      en: 'Something unforeseen failed. The log line with this request id has the details; please report it.',
      zh: '发生了意料之外的故障。日志中带有此请求 ID 的那一行记录了细节，请反馈给我们。',
    },
  }),
  // --- the store ----------------------------------------------------------------------------------------------
  'store-unavailable': kind({
    status: 503,
    exitCode: 75,
    title: { en: 'The store cannot be reached', zh: '无法访问存储' },
    detail: {
      en: 'The {store} store did not answer: {reason}. Nothing was changed as far as we know; try again shortly.',
      zh: '{store} 存储没有响应：{reason}。据我们所知没有任何修改，请稍后重试。',
    },
  }),
  'store-full': kind({
    status: 507,
    exitCode: 74,
    title: { en: 'The store is full', zh: '存储已满' },
    detail: {
      en: 'The {store} store has no room left: {reason}. Reads still work; delete data or give it more room.',
      zh: '{store} 存储空间不足：{reason}。读取仍然可用；请删除数据或扩容。',
    },
  }),
  'store-read-only': kind({
    status: 503,
    exitCode: 74,
    title: { en: 'The store cannot be written', zh: '存储不可写' },
    detail: {
      en: 'The {store} store refuses writes: {reason}. Reads still work.',
      zh: '{store} 存储拒绝写入：{reason}。读取仍然可用。',
    },
  }),
  'store-credentials': kind({
    status: 503,
    exitCode: 77,
    title: { en: 'The store rejects our credentials', zh: '存储拒绝了我们的凭据' },
    detail: {
      en: 'The {store} store answered: {reason}. Check the user and the password file (store.redis.user, store.redis.passwordFile).',
      zh: '{store} 存储返回：{reason}。请检查用户名与密码文件（store.redis.user、store.redis.passwordFile）。',
    },
  }),
  'store-tls': kind({
    status: 503,
    exitCode: 78,
    title: { en: 'No TLS connection to the store', zh: '无法与存储建立 TLS 连接' },
    detail: {
      en: 'There is no TLS connection to the {store} store: {reason}. The settings are store.redis.url, with a name that the certificate has, and store.redis.caFile, certFile and keyFile.',
      zh: '无法与 {store} 存储建立 TLS 连接：{reason}。相关配置：store.redis.url（主机名须在证书中），以及 store.redis.caFile、certFile 与 keyFile。',
    },
  }),
  'store-too-old': kind({
    status: 503,
    exitCode: 78,
    title: { en: 'The server is too old', zh: '服务器版本过旧' },
    detail: {
      en: 'The server at store.redis.url is {found}; needed is Redis 7.0 or later, or Valkey. Upgrade it, or name another in store.redis.url.',
      zh: 'store.redis.url 指向的服务器是 {found}，而需要 Redis 7.0 或更高版本，或 Valkey。请升级，或在 store.redis.url 中指定其他服务器。',
    },
  }),
  'store-corrupt': kind({
    status: 503,
    exitCode: 74,
    title: { en: 'The data file is damaged', zh: '数据文件已损坏' },
    detail: {
      en: '{file} is not a sound SQLite database: {reason}. It was kept as {keptAs}; nothing was written over it. Restore a backup to {file}, or move the damaged file away to start empty.',
      zh: '{file} 不是完好的 SQLite 数据库：{reason}。已原样保留为 {keptAs}，没有覆盖任何内容。请把备份恢复到 {file}，或移走损坏的文件以空库启动。',
    },
  }),
  'store-outcome-unknown': kind({
    status: 503,
    exitCode: 75,
    title: { en: 'The write may or may not have happened', zh: '写入可能已生效，也可能没有' },
    detail: {
      en: 'The {store} store was sent the write but did not confirm it: {reason}. It may have been applied. Read the key before repeating, or repeat with If-Match.',
      zh: '写入请求已发往 {store} 存储但未得到确认：{reason}。它可能已经生效。请先读取该键再重试，或带 If-Match 重试。',
    },
  }),
  'store-newer': kind({
    status: 503,
    exitCode: 78,
    title: { en: 'The data is from a newer version', zh: '数据来自更新的版本' },
    detail: {
      en: '{file} has schema version {found}; this program knows up to {known} and left it untouched. Run the version that wrote it or a newer one, or name another file in store.sqlite.file.',
      zh: '{file} 的模式版本为 {found}，本程序最高支持 {known}，未做任何修改。请运行写入它的版本或更新的版本，或用 store.sqlite.file 指定另一个文件。',
    },
  }),
  'store-foreign': kind({
    status: 500,
    exitCode: 65,
    title: { en: 'The store holds something that is not ours', zh: '存储中有不属于本程序的数据' },
    detail: {
      en: '{where} was not written by this program: {reason}. It was left untouched. Rename or delete it, or choose another place with {option}.',
      zh: '{where} 不是由本程序写入的：{reason}。未做任何修改。请将其改名或删除，或用 {option} 选择其他位置。',
    },
  }),
  // --- clean-up -----------------------------------------------------------------------------------------------
  'cleanup-locked': kind({
    exitCode: 75,
    title: { en: 'Another clean-up is running', zh: '另一个清理任务正在运行' },
    detail: {
      en: '{holder} holds the clean-up lock. Nothing was done; run again when it has finished. If it died, the lock lapses by itself in {seconds} s.',
      zh: '清理锁由 {holder} 持有，本次未做任何操作；请在其结束后重试。如果它已异常退出，锁将在 {seconds} 秒后自动失效。',
    },
  }),
  'store-failing-over': kind({
    exitCode: 75,
    title: { en: 'Redis is changing its master', zh: 'Redis 正在切换主节点' },
    detail: {
      en: 'This Redis is a replica without a working link to its master ({master}), as during a failover. Nothing was done; try again shortly.',
      zh: '此 Redis 是副本，且与主节点（{master}）的连接不可用，可能正在故障转移。未做任何操作，请稍后重试。',
    },
  }),
  'store-is-replica': kind({
    exitCode: 78,
    title: { en: 'This Redis is a replica', zh: '此 Redis 是副本' },
    detail: {
      en: 'This Redis is a replica of {master}; a replica neither accepts deletions nor expires keys by itself. Point store.redis.url to the master.',
      zh: '此 Redis 是 {master} 的副本；副本既不接受删除，也不会自行让键过期。请将 store.redis.url 指向主节点。',
    },
  }),
  'store-unsuited': kind({
    exitCode: 78,
    title: { en: 'The clean-up cannot work on this store', zh: '清理任务不支持此存储' },
    detail: {
      en: 'The {store} store cannot be cleaned: {reason}.',
      zh: '无法清理 {store} 存储：{reason}。',
    },
  }),
  // --- the log collector --------------------------------------------------------------------------------------
  'own-logs-collected': kind({
    exitCode: 78,
    title: { en: 'The collector would collect itself', zh: '采集器会采集到自身的日志' },
    detail: {
      en: 'sink.kind is stdout, so this Pod’s own log would be read and written again without end, and POD_UID does not say which Pod that is. Set POD_UID from metadata.uid (downward API), or choose another sink.kind.',
      zh: 'sink.kind 为 stdout 时，本 Pod 自身的日志会被无休止地读取并再次写出，而 POD_UID 未设置，无法识别本 Pod。请通过 downward API 将 metadata.uid 设为 POD_UID，或改用其他 sink.kind。',
    },
  }),
  'log-place-unknown': kind({
    exitCode: 66,
    title: { en: 'There is no such place in the logs', zh: '日志中没有此位置' },
    detail: {
      en: '{place} is no place in {folder}, or the file has been deleted since. `journey logs --where` shows places; the kubelet keeps a few rotated files only.',
      zh: '{place} 不是 {folder} 中的位置，或文件已被删除。`journey logs --where` 会给出位置；kubelet 只保留少量已轮转的文件。',
    },
  }),
  'follow-refused': kind({
    exitCode: 69,
    title: { en: 'The collectors do not let you read along', zh: '采集器拒绝提供日志' },
    detail: {
      en: '{reason}. Reading along needs `follow.port` in the ConfigMap log-collector-config, labels need `metadata.source: api`, and you the right to create pods/portforward in journey-node.',
      zh: '{reason}。查看日志需要在 ConfigMap log-collector-config 中设置 `follow.port`；按标签筛选需要 `metadata.source: api`；你还需要在 journey-node 中拥有 create pods/portforward 权限。',
    },
  }),
  'collector-away': kind({
    exitCode: 69,
    title: { en: 'The log collector does not answer', zh: '日志采集器没有应答' },
    detail: {
      en: 'The collector at {url} cannot be asked: {reason}. In a cluster forward its port first: kubectl -n journey-node port-forward pod/log-collector-… 9100. Without --collector the settings in the file are used.',
      zh: '无法询问 {url} 处的采集器：{reason}。在集群中请先转发端口：kubectl -n journey-node port-forward pod/log-collector-… 9100。不带 --collector 时使用文件中的配置。',
    },
  }),
  'log-unreadable': kind({
    exitCode: 66,
    title: { en: 'The log cannot be read', zh: '无法读取日志' },
    detail: {
      en: '{file} cannot be read: {reason}. Container logs belong to root, group root: run as a user who may read them.',
      zh: '无法读取 {file}：{reason}。容器日志属于 root 用户与 root 组，请以有权读取的用户运行。',
    },
  }),
  'sink-failed': kind({
    exitCode: 74,
    title: { en: 'The sink cannot take records any more', zh: '输出端已无法接收记录' },
    detail: {
      en: 'The {sink} sink failed for good: {reason}. The checkpoint stands before what it has not taken; start the collector again to go on from there.',
      zh: '{sink} 输出端已彻底失败：{reason}。检查点停在未被接收的数据之前，重新启动采集器即可从该处继续。',
    },
  }),
  // --- processes ----------------------------------------------------------------------------------------------
  'config-invalid': kind({
    exitCode: 78,
    title: { en: 'Configuration is not valid', zh: '配置不合法' },
    detail: { en: '{source}: {reason}', zh: '{source}：{reason}' },
  }),
  'port-in-use': kind({
    exitCode: 69,
    title: { en: 'Port is taken', zh: '端口被占用' },
    detail: {
      en: 'Port {port} on {host} is held by {holder}. Stop it, or choose another port with {option}.',
      zh: '{host} 的端口 {port} 已被 {holder} 占用。请停止该进程，或用 {option} 换一个端口。',
    },
  }),
  'folder-in-use': kind({
    exitCode: 69,
    title: { en: 'Folder is in use', zh: '目录正在使用' },
    detail: {
      en: '{folder} belongs to a running instance (pid {pid}). Stop that one, or choose another folder with {option}.',
      zh: '{folder} 属于正在运行的实例（pid {pid}）。请停止该实例，或用 {option} 换一个目录。',
    },
  }),
  'folder-not-writable': kind({
    exitCode: 73,
    title: { en: 'Folder cannot be written', zh: '目录不可写' },
    detail: {
      en: '{folder}: {reason}. Give this user write permission or free space, or choose another folder with {option}.',
      zh: '{folder}：{reason}。请为当前用户授予写权限或释放空间，或用 {option} 换一个目录。',
    },
  }),
  'config-create-late': kind({
    exitCode: 75,
    title: { en: 'The configuration files took too long', zh: '创建配置文件超时' },
    detail: {
      en: 'Writing the missing files into {folder} had not ended after {seconds} s and was stopped: this machine is very busy, or its disk hangs. Run the same command again; it goes on with what is missing. If it stays, look at npx journey config create --dir {root}, which has no deadline.',
      zh: '向 {folder} 写入缺失的文件在 {seconds} 秒后仍未结束，已被终止：本机非常繁忙，或磁盘没有响应。请再次运行同一命令，它会补上缺失的文件。若依然如此，请运行没有时限的 npx journey config create --dir {root} 查看。',
    },
  }),
  // --- the supervisor -----------------------------------------------------------------------------------------
  'port-refused': kind({
    exitCode: 69,
    title: { en: 'Port cannot be used', zh: '端口无法使用' },
    detail: {
      en: 'Port {port} on {host}: {reason}. Choose another port with {option}, or another address with --host.',
      zh: '{host} 的端口 {port}：{reason}。请用 {option} 换一个端口，或用 --host 换一个地址。',
    },
  }),
  'cleanup-running': kind({
    exitCode: 75,
    title: { en: 'A clean-up is running', zh: '清理正在运行' },
    detail: {
      en: '{pod} has not ended yet, and two clean-ups never run at once. Try again when it has; journey status shows it.',
      zh: '{pod} 尚未结束，且不会同时运行两次清理。请等它结束后再试；可用 journey status 查看。',
    },
  }),
  stopping: kind({
    exitCode: 75,
    title: { en: 'The stack is stopping', zh: '系统正在停止' },
    detail: {
      en: 'Nothing new is started while the stack stops. Start it again with npm start.',
      zh: '停止过程中不再启动任何任务。请用 npm start 重新启动。',
    },
  }),
  'not-running': kind({
    exitCode: 3,
    title: { en: 'Nothing runs here', zh: '这里没有正在运行的实例' },
    detail: {
      en: 'No stack runs in {folder}. Start it with npm start, or name its folder with {option}. On a cluster: npx journey up.',
      zh: '{folder} 中没有正在运行的实例。请用 npm start 启动，或用 {option} 指定其目录。在集群上启动：npx journey up。',
    },
  }),
  'store-address': kind({
    exitCode: 2,
    title: { en: 'Store is not understood', zh: '无法识别的存储' },
    detail: {
      en: '--store {value}: give sqlite, or an address such as redis://127.0.0.1:6379.',
      zh: '--store {value}：请填写 sqlite，或形如 redis://127.0.0.1:6379 的地址。',
    },
  }),
  // --- clusters -----------------------------------------------------------------------------------------------
  'command-missing': kind({
    exitCode: 69,
    title: { en: 'A program is not installed', zh: '缺少程序' },
    detail: {
      en: '{command} was not found on PATH. Install it, or add its folder to PATH.',
      zh: '在 PATH 中找不到 {command}。请安装它，或将其所在目录加入 PATH。',
    },
  }),
  'command-failed': kind({
    exitCode: 70,
    title: { en: 'A command failed', zh: '命令执行失败' },
    detail: {
      en: '{command}\nended with {outcome}. Its last words:\n{output}',
      zh: '{command}\n以 {outcome} 结束，最后的输出为：\n{output}',
    },
  }),
  'command-timeout': kind({
    exitCode: 75,
    title: { en: 'A command took too long', zh: '命令超时' },
    detail: {
      en: '{command}\nhad not ended after {seconds} s and was stopped. Its last words:\n{output}',
      zh: '{command}\n在 {seconds} 秒后仍未结束，已被终止。最后的输出为：\n{output}',
    },
  }),
  'cluster-option-invalid': kind({
    exitCode: 64,
    title: { en: 'A cluster option is not valid', zh: '集群选项不合法' },
    detail: { en: '{option} is {value}: it must be {expected}.', zh: '{option} 的值为 {value}：必须是 {expected}。' },
  }),
  'cluster-preflight': kind({
    exitCode: 69,
    title: { en: 'A cluster cannot be made here yet', zh: '此处暂时无法创建集群' },
    detail: {
      en: 'The {provider} cluster needs, all together:\n{problems}',
      zh: '{provider} 集群还需要（一次列出全部）：\n{problems}',
    },
  }),
  'cluster-not-confirmed': kind({
    exitCode: 64,
    title: { en: 'Nobody said this cluster may be used', zh: '尚未确认可以使用该集群' },
    detail: {
      en: 'The context {context} ({server}) is a cluster of yours. Answer the question with yes, or give --context {context} --yes.',
      zh: '上下文 {context}（{server}）是你自己的集群。请在提问时回答 yes，或使用 --context {context} --yes。',
    },
  }),
  'cluster-busy': kind({
    exitCode: 75,
    title: { en: 'The cluster is being worked on', zh: '集群正在被操作' },
    detail: {
      en: 'Another command (pid {pid}) is working on the cluster {name}. Wait until it has ended, or stop it: kill {pid}',
      zh: '另一个命令（pid {pid}）正在操作集群 {name}。请等它结束，或停止它：kill {pid}',
    },
  }),
  'cluster-name-taken': kind({
    exitCode: 73,
    title: { en: 'Not ours to touch', zh: '不属于我们，不予改动' },
    detail: {
      en: '{what} exists but was not made for the cluster {name}, so it is left alone. Choose another cluster name, or remove it yourself: {command}',
      zh: '{what} 已存在，但不是为集群 {name} 创建的，因此不会改动。请换一个集群名称，或自行删除：{command}',
    },
  }),
  'cluster-differs': kind({
    exitCode: 64,
    title: { en: 'The cluster exists with other settings', zh: '集群已存在，但设置不同' },
    detail: {
      en: 'The cluster {name} has {option} {present}, not {wanted}. Use it as it is, choose another name, or take it down first.',
      zh: '集群 {name} 的 {option} 为 {present}，而不是 {wanted}。请直接使用它、换一个名称，或先将其删除。',
    },
  }),
  'cluster-not-found': kind({
    exitCode: 66,
    title: { en: 'There is no such cluster', zh: '没有这个集群' },
    detail: {
      en: 'No {provider} cluster named {name} is up. Make one: npx journey up --provider {provider}',
      zh: '没有名为 {name} 的 {provider} 集群在运行。请创建：npx journey up --provider {provider}',
    },
  }),
  'cluster-not-up': kind({
    exitCode: 3,
    title: { en: 'There is no cluster here', zh: '这里没有集群' },
    detail: {
      en: 'No cluster {name} of {provider} runs. Bring one up with the stack on it: npx journey up',
      zh: '没有正在运行的 {provider} 集群 {name}。创建集群并在其上启动系统：npx journey up',
    },
  }),
  'cluster-part-failed': kind({
    exitCode: 70,
    title: { en: 'A part of the cluster did not become ready', zh: '集群的某个部分未能就绪' },
    detail: {
      en: '{part} was not ready after {seconds} s ({reason}). Run the same command again: it repairs what is broken. The end of {log}:\n{tail}',
      zh: '{part} 在 {seconds} 秒后仍未就绪（{reason}）。请再次运行同一命令：它会修复损坏的部分。{log} 的末尾：\n{tail}',
    },
  }),
  'cluster-node-unknown': kind({
    exitCode: 64,
    title: { en: 'There is no such node', zh: '没有这个节点' },
    detail: {
      en: '{node} is not a node of the cluster; it has {nodes}.',
      zh: '集群中没有节点 {node}；现有节点：{nodes}。',
    },
  }),
  'cluster-state-unreadable': kind({
    exitCode: 74,
    title: { en: 'The record of the cluster is damaged', zh: '集群的记录已损坏' },
    detail: {
      en: '{file}: {reason}. It says which processes and namespaces are ours, so nothing was touched. Restart the machine, then delete {folder}.',
      zh: '{file}：{reason}。它记录了哪些进程和命名空间属于我们，因此没有做任何改动。请重启机器，然后删除 {folder}。',
    },
  }),
  'cluster-state-forbidden': kind({
    status: 500,
    exitCode: 77,
    title: { en: 'The cluster is another user’s', zh: '集群属于另一个用户' },
    detail: {
      en: '{file}: {reason}. Run this as the user who made the cluster, or name another one: --name, or JOURNEY_CLUSTERS_DIR for another folder.',
      zh: '{file}：{reason}。请以创建该集群的用户运行，或指定另一个集群：--name，或用 JOURNEY_CLUSTERS_DIR 指定另一个文件夹。',
    },
  }),
  'cluster-leftovers': kind({
    exitCode: 75,
    title: { en: 'Something could not be removed', zh: '有内容无法删除' },
    detail: {
      en: 'Still there: {what}. Run the same command again; if it stays, stop what uses it.',
      zh: '仍然存在：{what}。请再次运行同一命令；若依然存在，请停止占用它的程序。',
    },
  }),
  'cluster-unsupported': kind({
    exitCode: 69,
    title: { en: 'This kind of cluster cannot do that', zh: '这种集群不支持该操作' },
    detail: {
      en: 'The {provider} provider cannot {operation}. {wayOut}',
      zh: '{provider} 提供方不支持{operation}。{wayOut}',
    },
  }),
  // --- judging a cluster (journey verify) ---------------------------------------------------------------------
  'kubectl-missing': kind({
    exitCode: 3,
    title: { en: 'kubectl cannot be started', zh: '无法启动 kubectl' },
    detail: {
      en: '{program}: {reason}. Install kubectl (https://kubernetes.io/docs/tasks/tools/) or name it with --kubectl.',
      zh: '{program}：{reason}。请安装 kubectl（https://kubernetes.io/zh-cn/docs/tasks/tools/），或用 --kubectl 指定其路径。',
    },
  }),
  'cluster-unreachable': kind({
    exitCode: 3,
    title: { en: 'The cluster does not answer', zh: '集群没有响应' },
    detail: {
      en: 'The API server could not be asked: {reason}. Start the cluster (journey up, minikube start) or choose another with --context.',
      zh: '无法访问 API 服务器：{reason}。请启动集群（journey up、minikube start），或用 --context 选择其他集群。',
    },
  }),
  'cluster-forbidden': kind({
    exitCode: 3,
    title: { en: 'A permission is missing', zh: '缺少权限' },
    detail: {
      en: 'May not {verb} {resource} in the namespace "{namespace}": {reason}. Ask for a Role that allows it.',
      zh: '没有权限在命名空间 "{namespace}" 中对 {resource} 执行 {verb}：{reason}。请申请允许该操作的 Role。',
    },
  }),
  'cluster-refused': kind({
    exitCode: 3,
    title: { en: 'The cluster refused a request', zh: '集群拒绝了请求' },
    detail: { en: '{action}: {reason}', zh: '{action}：{reason}' },
  }),
  'load-option-invalid': kind({
    exitCode: 2,
    title: { en: 'Option is out of bounds', zh: '选项超出范围' },
    detail: {
      en: '{option} is {value}; it must be a number from {minimum} to {maximum}.',
      zh: '{option} 为 {value}；必须是 {minimum} 到 {maximum} 之间的数字。',
    },
  }),
  'load-url-invalid': kind({
    exitCode: 2,
    title: { en: 'Not an address of the API', zh: '不是 API 的地址' },
    detail: {
      en: '{url} is not an http:// address. Example: http://127.0.0.1:8080',
      zh: '{url} 不是 http:// 地址。示例：http://127.0.0.1:8080',
    },
  }),
  'load-target-remote': kind({
    exitCode: 2,
    title: { en: 'The target is on another machine', zh: '目标在另一台机器上' },
    detail: {
      en: '{host} is neither this machine nor a Service of this cluster. If it is yours to load, add --allow-remote.',
      zh: '{host} 既不是本机，也不是本集群的 Service。如果你有权对它施加负载，请加上 --allow-remote。',
    },
  }),
  'load-target-unreachable': kind({
    exitCode: 69,
    title: { en: 'The API does not answer', zh: 'API 没有应答' },
    detail: {
      en: '{url}: {reason}. Start it (npm start, or kubectl -n journey port-forward service/api 8080:80), or choose another with --url.',
      zh: '{url}：{reason}。请启动它（npm start，或 kubectl -n journey port-forward service/api 8080:80），或用 --url 选择其他地址。',
    },
  }),
  'stack-missing': kind({
    exitCode: 3,
    title: { en: 'There is nothing to judge', zh: '没有可供判断的对象' },
    detail: {
      en: 'The context {context} has no namespace {namespace}. Deploy the stack (journey up, or kubectl apply -k k8s/v0.2), or choose another cluster with --context.',
      zh: '上下文 {context} 中没有命名空间 {namespace}。请部署整套服务（journey up 或 kubectl apply -k k8s/v0.2），或用 --context 选择其他集群。',
    },
  }),
  'stack-not-ours': kind({
    exitCode: 3,
    title: { en: 'This namespace is not ours to disturb', zh: '不能干扰不属于我们的命名空间' },
    detail: {
      en: 'The namespace {namespace} lacks the label {label}, so nothing in it will be restarted or interrupted. Run without --disruptive, or label it if it holds this stack.',
      zh: '命名空间 {namespace} 缺少标签 {label}，因此不会重启或中断其中的任何内容。请去掉 --disruptive，或在确认其中是本服务后添加该标签。',
    },
  }),
  // --- the stack on a cluster ---------------------------------------------------------------------------------
  'stack-foreign-namespace': kind({
    exitCode: 73,
    title: { en: 'The namespace is somebody else’s', zh: '命名空间不属于我们' },
    detail: {
      en: 'The namespace {namespace} exists without the label {label}, so nothing was touched. If it is yours and may be used: kubectl label namespace {namespace} {label}',
      zh: '命名空间 {namespace} 已存在，但没有标签 {label}，因此未做任何改动。如果它属于你并且可以使用：kubectl label namespace {namespace} {label}',
    },
  }),
  'stack-not-ready': kind({
    exitCode: 75,
    title: { en: 'The stack did not become ready', zh: '系统未能就绪' },
    detail: {
      en: 'Not ready after {seconds} s:\n{what}\nLook closer: kubectl -n {namespace} describe pods. Then run the same command again; it goes on from here.',
      zh: '{seconds} 秒后仍未就绪：\n{what}\n进一步查看：kubectl -n {namespace} describe pods。之后再次运行同一命令，会从当前状态继续。',
    },
  }),
  'image-builder-missing': kind({
    exitCode: 69,
    title: { en: 'Nothing here can build images', zh: '没有可用的镜像构建工具' },
    detail: {
      en: 'None of {programs} works here ({reason}). Install one, e.g. Docker (https://docs.docker.com/get-docker/) or on Debian: apt-get install buildah debootstrap',
      zh: '{programs} 在此均不可用（{reason}）。请安装其中之一，例如 Docker（https://docs.docker.com/get-docker/），或在 Debian 上：apt-get install buildah debootstrap',
    },
  }),
} as const satisfies Readonly<Record<string, ErrorKind>>;

export type ErrorCode = keyof typeof errorCatalogue;
