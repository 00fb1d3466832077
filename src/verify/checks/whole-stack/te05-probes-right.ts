import type { Container, Probe } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { type WorkloadTemplate, workloadTemplates } from '../../facts/templates.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'a liveness and a readiness probe that differ, on a declared port; liveness not on a readiness path',
    zh: '存活态与就绪态探针各有其一且不相同，使用已声明的端口；存活态探针不使用就绪路径',
  },
  missing: { en: '{container}: no {probe}', zh: '{container}：没有 {probe}' },
  same: {
    en: '{container}: livenessProbe and readinessProbe ask the same',
    zh: '{container}：livenessProbe 与 readinessProbe 检查内容相同',
  },
  path: { en: '{container}: livenessProbe asks {path}', zh: '{container}：livenessProbe 请求 {path}' },
  port: {
    en: '{container}: {probe} on port {port}, which is not declared',
    zh: '{container}：{probe} 使用未声明的端口 {port}',
  },
  why: {
    en: 'readiness takes a Pod out of the Service and puts it back; liveness kills. A liveness probe that asks for Redis restarts every API Pod when Redis blinks',
    zh: '就绪态探针只把 Pod 移出或移回 Service；存活态探针会杀死容器。若存活态探针依赖 Redis，Redis 一抖动所有 API Pod 都会重启',
  },
  fix: {
    en: 'compare with k8s/v0.2; that liveness does not depend on Redis is proved by TE06',
    zh: '对照 k8s/v0.2；存活态不依赖 Redis 由 TE06 证明',
  },
});

export const probesRight: Check = {
  id: 'TE05',
  title: {
    en: 'every long-running container has a liveness and a readiness probe that ask different things',
    zh: '每个长期运行的容器都有各司其职的存活态与就绪态探针',
  },
  proves: {
    en: 'Reads the probes of the three long-running workloads: both there, not the same, on ports the container declares, and liveness not on a readiness path.',
    zh: '读取三个长期运行的工作负载的探针：两者都有、互不相同、使用容器声明的端口，且存活态探针不使用就绪路径。',
  },
  covers: ['probes-right'],
  async run(context) {
    return judgeProbes(await workloadTemplates(context));
  },
};

export function judgeProbes(templates: readonly WorkloadTemplate[]): Outcome {
  const lasting = templates.filter((t) => !t.finite);
  const containers = lasting.flatMap(({ workload, template }) =>
    template.spec.containers.map((c) => ({ workload, ...c })),
  );
  for (const container of containers) {
    const problem = problemOf(container, `${container.workload} ${container.name}`);
    if (problem !== undefined) {
      return fail({ expected: said(text.expected), actual: problem, why: said(text.why), fix: said(text.fix) });
    }
  }
  if (containers.length === 0) {
    return fail({
      expected: said(text.expected),
      actual: raw('0 containers'),
      why: said(text.why),
      fix: said(text.fix),
    });
  }
  return pass(
    raw(containers.map((c) => `${c.workload}: ${show(c.livenessProbe)} | ${show(c.readinessProbe)}`).join('\n')),
  );
}

function problemOf(container: Container, name: string): ReturnType<typeof raw> | undefined {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe === undefined) return said(text.missing, { container: name, probe: 'livenessProbe' });
  if (readinessProbe === undefined) return said(text.missing, { container: name, probe: 'readinessProbe' });
  if (show(livenessProbe) === show(readinessProbe)) return said(text.same, { container: name });
  const path = livenessProbe.httpGet?.path ?? '';
  if (/ready|cache|data/.test(path)) return said(text.path, { container: name, path });
  for (const [probe, value] of Object.entries({ livenessProbe, readinessProbe, startupProbe })) {
    const port = value?.httpGet?.port ?? value?.tcpSocket?.port;
    const declared = container.ports?.some((p) => p.name === port || p.containerPort === port) ?? false;
    if (port !== undefined && !declared) return said(text.port, { container: name, probe, port });
  }
  return undefined;
}

function show(probe: Probe | undefined): string {
  if (probe?.httpGet !== undefined) return `GET ${probe.httpGet.path ?? '/'}:${probe.httpGet.port}`;
  if (probe?.tcpSocket !== undefined) return `TCP ${probe.tcpSocket.port}`;
  return probe?.exec?.command?.join(' ') ?? '-';
}
