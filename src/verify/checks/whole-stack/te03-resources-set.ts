import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { quantity } from '../../facts/quantity.ts';
import { allContainers, type WorkloadTemplate, workloadTemplates } from '../../facts/templates.ts';
import { fail, type Outcome, pass, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  set: {
    en: 'cpu and memory in requests and limits of every container, requests ≤ limits',
    zh: '每个容器都设置 cpu 与 memory 的 requests 和 limits，且 requests ≤ limits',
  },
  whySet: {
    en: 'requests are what the scheduler plans with, limits what keeps one leak from taking the whole node',
    zh: '调度器依据 requests 规划，limits 防止一个泄漏拖垮整个节点',
  },
  fits: {
    en: 'requests in sum at most {cpu} CPU and {memory} Mi (two API Pods, one of each other)',
    zh: 'requests 合计不超过 {cpu} CPU 与 {memory} Mi（两个 API Pod，其余各一个）',
  },
  sum: { en: '{cpu} CPU and {memory} Mi', zh: '{cpu} CPU 与 {memory} Mi' },
  whyFits: {
    en: 'the stack is meant to fit a Minikube with 2 CPU and 2 GB beside Kubernetes itself',
    zh: '整套服务应能与 Kubernetes 自身一起运行在 2 CPU、2 GB 的 Minikube 中',
  },
  fix: { en: 'edit the resources in k8s/v0.2 and apply', zh: '修改 k8s/v0.2 中的 resources 并应用' },
  seen: { en: '{n} containers; requests {cpu} CPU, {memory} Mi', zh: '{n} 个容器；requests 共 {cpu} CPU、{memory} Mi' },
});

const cpuBudget = 0.5;
const memoryBudgetMi = 640;

export const resourcesSet: Check = {
  id: 'TE03',
  title: { en: 'every container has sensible requests and limits', zh: '每个容器都设置了合理的 requests 与 limits' },
  proves: {
    en: 'Reads the templates of all workloads, Init containers included: cpu and memory requested and limited, no request above its limit; and adds up whether the stack fits a small Minikube.',
    zh: '读取所有工作负载的模板（包括 Init 容器）：cpu 与 memory 均有 requests 和 limits，且 requests 不超过 limits；并合计整套服务能否放进小型 Minikube。',
  },
  covers: ['resources-set'],
  async run(context) {
    return judgeResources(await workloadTemplates(context));
  },
};

export function judgeResources(templates: readonly WorkloadTemplate[]): Outcome {
  const containers = templates.flatMap(({ workload, template }) =>
    allContainers(template).map((container) => ({ name: `${workload} ${container.name}`, ...container.resources })),
  );
  const wrong = containers.flatMap(({ name, requests = {}, limits = {} }) =>
    ['cpu', 'memory'].flatMap((resource) => {
      const [request, limit] = [quantity(requests[resource]), quantity(limits[resource])];
      if (request === undefined) return [`${name}: requests.${resource} -`];
      if (limit === undefined) return [`${name}: limits.${resource} -`];
      return request > limit ? [`${name}: ${resource} ${requests[resource]} > ${limits[resource]}`] : [];
    }),
  );
  if (wrong.length > 0 || containers.length === 0) {
    const actual = raw(wrong.join('\n') || '0 containers');
    return fail({ expected: said(text.set), actual, why: said(text.whySet), fix: said(text.fix) });
  }
  // Init containers run before the others, so they add nothing unless they ask for more.
  const total = (resource: string): number =>
    templates.reduce((sum, { template, replicas }) => {
      const ask = (list: WorkloadTemplate['template']['spec']['initContainers'] = []): number[] =>
        list.map((c) => quantity(c.resources?.requests?.[resource]) ?? 0);
      const together = ask(template.spec.containers).reduce((a, b) => a + b, 0);
      return sum + replicas * Math.max(together, ...ask(template.spec.initContainers));
    }, 0);
  const cpu = total('cpu').toFixed(2);
  const memory = Math.round(total('memory') / 2 ** 20);
  if (total('cpu') > cpuBudget + 1e-9 || memory > memoryBudgetMi) {
    return warn({
      expected: said(text.fits, { cpu: cpuBudget, memory: memoryBudgetMi }),
      actual: said(text.sum, { cpu, memory }),
      why: said(text.whyFits),
      fix: said(text.fix),
    });
  }
  return pass(said(text.seen, { n: containers.length, cpu, memory }));
}
