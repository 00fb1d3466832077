import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsReadyRedisPod } from '../../facts/preconditions.ts';
import { readyRedisPod } from '../../facts/redis-server.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'NOAUTH: without a password Redis answers nothing', zh: 'NOAUTH：没有密码时 Redis 不回答任何命令' },
  why: {
    en: 'every Pod that reaches the port could read and delete all data',
    zh: '任何能访问该端口的 Pod 都可以读取和删除全部数据',
  },
  fix: {
    en: 'switch the default user off in k8s/v0.2/redis (`user default off`), apply, restart',
    zh: '在 k8s/v0.2/redis 中关闭默认用户（`user default off`），应用后重启',
  },
});

export const redisPasswordDemanded: Check = {
  id: 'RD08',
  title: { en: 'Redis answers nothing without a password', zh: '没有密码时 Redis 不回答任何命令' },
  proves: {
    en: 'The negative case: sends `DBSIZE` without logging in and expects a refusal. A password that is set but not demanded protects nothing.',
    zh: '反向验证：不登录直接发送 `DBSIZE`，应被拒绝。设置了密码却不要求提供，等于没有保护。',
  },
  covers: ['redis-statefulset'],
  needs: [needsReadyRedisPod],
  async run(context) {
    const { cluster, stack, signal } = context;
    const { name, namespace = stack.namespace } = (await readyRedisPod(context)).metadata;
    // By standard input and with an empty password in the environment's place: REDISCLI_AUTH would log in for us.
    const command = ['env', '-u', 'REDISCLI_AUTH', 'redis-cli'];
    const result = await cluster.exec(namespace, name, command, {
      container: stack.redis.container,
      stdin: 'DBSIZE\n',
      signal,
    });
    return judgePassword((result.stdout || result.stderr).trim());
  },
};

/** @param reply what redis-cli printed for a command sent without logging in. */
export function judgePassword(reply: string): Outcome {
  if (/^NOAUTH\b/.test(reply)) return pass(raw(reply));
  return fail({ expected: said(text.expected), actual: raw(reply), why: said(text.why), fix: said(text.fix) });
}
