import { defineMessages } from '../i18n/messages.ts';

export const loadMessages = defineMessages({
  plan: {
    en: '{url} for {seconds} s: {connections} connections, {keys} keys, {reads} % reads, {bytes} bytes a value, {mode}',
    zh: '{url}，{seconds} 秒：{connections} 个连接，{keys} 个键，读占 {reads} %，每个值 {bytes} 字节，{mode}',
  },
  closedLoop: { en: 'as fast as answers come', zh: '收到应答后立即发送下一个请求' },
  openLoop: { en: '{rate} requests per second due', zh: '每秒应发送 {rate} 个请求' },
  perSecond: { en: '{n} requests per second', zh: '每秒 {n} 个请求' },
  total: { en: '{n} requests in {seconds} s, {errors} failed', zh: '{seconds} 秒内 {n} 个请求，失败 {errors} 个' },
  reads: { en: 'reads', zh: '读' },
  writes: { en: 'writes', zh: '写' },
  count: { en: 'count', zh: '次数' },
  mean: { en: 'mean', zh: '平均' },
  max: { en: 'max', zh: '最大' },
  inMilliseconds: { en: 'milliseconds', zh: '毫秒' },
  hitRate: {
    en: 'hit rate {rate} %: near cache {near}, store {store}, stale {stale}, negative {negative}',
    zh: '命中率 {rate} %：近端缓存 {near}，存储 {store}，陈旧 {stale}，不存在 {negative}',
  },
  unknownTier: { en: '{n} reads without Cache-Status', zh: '{n} 次读取没有 Cache-Status' },
  error: { en: '{count} × {kind}: {example}', zh: '{count} × {kind}：{example}' },
  closedLoopNote: {
    en: 'Closed loop: while the server stalls nothing is sent, so stalls count once. For latency under a steady demand give --rate.',
    zh: '闭环：服务器停顿期间不会发送请求，因此一次停顿只计一次。要测量稳定请求量下的延迟，请使用 --rate。',
  },
  openLoopNote: {
    en: 'Open loop: latency counts from the moment a request was due, waiting included (no coordinated omission).',
    zh: '开环：延迟从请求应发送的时刻算起，包含等待时间（没有协同遗漏）。',
  },
  generatorBusy: {
    en: 'This program itself was busy {percent} % of the time: the figures are its limit rather than the server’s.',
    zh: '本程序自身有 {percent} % 的时间处于繁忙：这些数字反映的是它的上限，而不是服务器的上限。',
  },
  interrupted: { en: 'interrupted; figures until then', zh: '已中断；以下为中断前的结果' },
});
