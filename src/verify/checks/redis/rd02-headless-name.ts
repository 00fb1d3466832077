import type { Service } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { nodeInPod } from '../../facts/node-in-pod.ts';
import { needsReadyApiPod } from '../../facts/preconditions.ts';
import { getRedis, must, readyApiPods, redisPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  service: { en: 'Service {name} with clusterIP None', zh: 'Service {name}，clusterIP 为 None' },
  none: { en: 'there is no Service {name}', zh: '没有 Service {name}' },
  clusterIp: { en: 'clusterIP {address}', zh: 'clusterIP 为 {address}' },
  whyService: {
    en: 'the StatefulSet names this Service as the one that gives its Pods DNS names; only a headless one does',
    zh: 'StatefulSet 指定由该 Service 为 Pod 提供 DNS 名称；只有无头服务（Headless Service）才会这样做',
  },
  fixService: {
    en: 'clusterIP cannot be changed: kubectl -n {namespace} delete service {name} && kubectl apply -k k8s/v0.2',
    zh: 'clusterIP 不可修改：kubectl -n {namespace} delete service {name} && kubectl apply -k k8s/v0.2',
  },
  resolves: { en: '{host} is {address}', zh: '{host} 解析为 {address}' },
  nothing: { en: '{host} does not resolve: {reason}', zh: '{host} 无法解析：{reason}' },
  other: { en: '{host} is {addresses}', zh: '{host} 解析为 {addresses}' },
  whyName: {
    en: 'DNS follows the EndpointSlice of the headless Service: its selector must match the Pod, and a Pod that is not Ready is in it only with publishNotReadyAddresses',
    zh: 'DNS 取自无头服务的 EndpointSlice：选择算符必须匹配该 Pod；未 Ready 的 Pod 只有在 publishNotReadyAddresses 时才会列入',
  },
});

export const redisHeadlessName: Check = {
  id: 'RD02',
  title: {
    en: "each Redis Pod's headless name resolves to the Pod's address",
    zh: '每个 Redis Pod 的无头服务名称都解析为该 Pod 的地址',
  },
  proves: {
    en: 'Asks DNS for `redis-0.<headless Service>` from inside an API Pod and compares the answer with the Pod. That name stays when the address changes: it is the identity that a StatefulSet gives.',
    zh: '在 API Pod 内查询 `redis-0.<无头服务>` 的 DNS，并与该 Pod 的地址对照。地址变化时名称不变：这正是 StatefulSet 提供的身份标识。',
  },
  covers: ['redis-headless'],
  needs: [needsReadyApiPod],
  async run(context) {
    const { cluster, stack, signal } = context;
    const redis = must(await getRedis(context), 'statefulsets', stack.redis.statefulSet);
    const name = redis.spec.serviceName ?? '';
    const service = await cluster.get<Service>('services', stack.namespace, name, { signal });
    const pods = await redisPods(context);
    const hosts = pods.map((pod) => `${pod.metadata.name}.${name}.${stack.namespace}.svc`);
    const [asker] = await readyApiPods(context);
    const answers = asker === undefined ? [] : await nodeInPod<Resolved[]>(context, asker, resolveScript, hosts);
    const names = pods.map((pod, i) => ({
      host: hosts[i] ?? '',
      podAddress: pod.status.podIP ?? '',
      addresses: answers[i]?.addresses ?? [],
      reason: answers[i]?.reason ?? '',
    }));
    return judgeHeadlessName({ namespace: stack.namespace, serviceName: name, service, names });
  },
};

interface Resolved {
  readonly addresses: readonly string[];
  readonly reason: string;
}

/** `lookup` as every program does it, so that the search list of the Pod's resolv.conf counts. */
const resolveScript = `
import { lookup } from 'node:dns/promises';
const answers = process.argv.slice(1).map(async (host) => {
  try { return { addresses: (await lookup(host, { all: true })).map((a) => a.address), reason: '' }; }
  catch (error) { return { addresses: [], reason: error.code ?? error.message }; }
});
console.log(JSON.stringify(await Promise.all(answers)));
`;

export interface HeadlessNameFacts {
  readonly namespace: string;
  readonly serviceName: string;
  readonly service: Service | undefined;
  readonly names: readonly (Resolved & { readonly host: string; readonly podAddress: string })[];
}

export function judgeHeadlessName({ namespace, serviceName: name, service, names }: HeadlessNameFacts): Outcome {
  if (service?.spec.clusterIP !== 'None') {
    const actual =
      service === undefined
        ? said(text.none, { name })
        : said(text.clusterIp, { address: service.spec.clusterIP ?? '' });
    const fix = service === undefined ? raw('kubectl apply -k k8s/v0.2') : said(text.fixService, { namespace, name });
    return fail({ expected: said(text.service, { name }), actual, why: said(text.whyService), fix });
  }
  const wrong = names.find(({ addresses, podAddress }) => addresses.length !== 1 || addresses[0] !== podAddress);
  if (wrong !== undefined) {
    const { host, podAddress, addresses, reason } = wrong;
    return fail({
      expected: said(text.resolves, { host, address: podAddress }),
      actual:
        addresses.length === 0
          ? said(text.nothing, { host, reason })
          : said(text.other, { host, addresses: addresses.join(', ') }),
      why: said(text.whyName),
      fix: raw(`kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name} -o wide`),
    });
  }
  return pass(raw(names.map((n) => `${n.host} → ${n.podAddress}`).join('\n')));
}
