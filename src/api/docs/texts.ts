import { defineMessages } from '../../i18n/messages.ts';

/** What the page itself says; what it says of operations comes with their schemas. */
export const texts = defineMessages({
  lead: {
    en: 'Keeps JSON under keys, in a durable store behind a near cache.',
    zh: '以键保存 JSON：持久存储之前，是一层近端缓存。',
  },
  document: { en: 'OpenAPI 3.1 document', zh: 'OpenAPI 3.1 文档' },
  otherLanguage: { en: '简体中文', zh: 'English' },
  contents: { en: 'Contents', zh: '目录' },
  parameters: { en: 'Parameters', zh: '参数' },
  body: { en: 'Body', zh: '请求体' },
  answers: { en: 'Answers', zh: '响应' },
  required: { en: 'required', zh: '必填' },
  default: { en: 'default {value}', zh: '默认 {value}' },
  try: { en: 'Try it', zh: '试一试' },
  problems: { en: 'Problems', zh: '问题代码' },
  problemsLead: {
    en: 'Every failure is an RFC 9457 problem document. Its code never changes its meaning; its detail says what to do next, in the language of Accept-Language.',
    zh: '每个失败都以 RFC 9457 问题文档应答。代码的含义永不改变；detail 按 Accept-Language 的语言说明接下来怎么做。',
  },
  noBody: { en: 'no body', zh: '无响应体' },
  anyFailure: { en: 'any failure', zh: '任何失败' },
  backToDocs: { en: 'All endpoints', zh: '所有端点' },
  data: { en: 'Data', zh: '数据' },
  cache: { en: 'Cache', zh: '缓存' },
  operations: { en: 'Operations', zh: '运维' },
  health: { en: 'Health', zh: '健康检查' },
  'v0.1': { en: 'Kept from v0.1', zh: '沿用自 v0.1' },
});
