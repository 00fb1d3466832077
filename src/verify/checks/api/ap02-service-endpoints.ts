import type { EndpointSlice, Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askApi, inOneLine } from '../../facts/api-http.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  same: { en: 'the Service leads to every Ready Pod: {addresses}', zh: 'Service 指向每个 Ready 的 Pod：{addresses}' },
  slices: { en: 'its EndpointSlices have: {addresses}', zh: '其 EndpointSlice 中有：{addresses}' },
  whySame: {
    en: 'a Service finds Pods by labels alone; when its selector fits none, everything is Ready and nobody is served',
    zh: 'Service 仅凭标签查找 Pod；选择算符不匹配时，一切都显示 Ready，却没有人能得到服务',
  },
  answers: { en: '200 from /livez through the Service', zh: '经由 Service 访问 /livez 返回 200' },
  whyAnswers: { en: 'targetPort must be the port the container listens on', zh: 'targetPort 必须是容器监听的端口' },
});

export const apiServiceEndpoints: Check = {
  id: 'AP02',
  title: {
    en: 'the API Service leads to every Ready Pod and answers',
    zh: 'API Service 指向每个 Ready 的 Pod 并能应答',
  },
  proves: {
    en: 'Compares the addresses in the Service’s EndpointSlices with the Ready Pods and asks /livez through the Service.',
    zh: '将 Service 的 EndpointSlice 地址与 Ready 的 Pod 对照，并经由 Service 请求 /livez。',
  },
  covers: ['api-endpoints'],
  async run(context) {
    const { cluster, stack, signal } = context;
    const selector = `kubernetes.io/service-name=${stack.api.service}`;
    const slices = await cluster.list<EndpointSlice>('endpointslices', stack.namespace, { selector, signal });
    const readyPods = await readyApiPods(context);
    const answer = await askApi(context, { path: '/livez' });
    return judgeService({ namespace: stack.namespace, service: stack.api.service, slices, readyPods, answer });
  },
};

export interface ServiceFacts {
  readonly namespace: string;
  readonly service: string;
  readonly slices: readonly EndpointSlice[];
  readonly readyPods: readonly Pod[];
  readonly answer: HttpAnswer;
}

export function judgeService({ namespace, service, slices, readyPods, answer }: ServiceFacts): Outcome {
  const listed = slices
    .flatMap((s) => s.endpoints ?? [])
    .filter((e) => e.conditions?.ready !== false)
    .flatMap((e) => e.addresses);
  const wanted = readyPods.map((p) => p.status.podIP ?? '?');
  const show = (addresses: readonly string[]): string => [...new Set(addresses)].sort().join(', ') || '-';
  if (show(listed) !== show(wanted) || wanted.length === 0) {
    return fail({
      expected: said(text.same, { addresses: show(wanted) }),
      actual: said(text.slices, { addresses: show(listed) }),
      why: said(text.whySame),
      fix: raw(
        `kubectl -n ${namespace} get service ${service} -o jsonpath='{.spec.selector}'; kubectl -n ${namespace} get pods --show-labels`,
      ),
    });
  }
  if (!answer.reached || answer.status !== 200) {
    return fail({
      expected: said(text.answers),
      actual: raw(inOneLine(answer)),
      why: said(text.whyAnswers),
      fix: raw(`kubectl -n ${namespace} describe service ${service}`),
    });
  }
  return pass(raw(show(listed)));
}
