import type { PersistentVolumeClaim, Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsReadyRedisPod } from '../../facts/preconditions.ts';
import { askRedis, parseConfigGet, readyRedisPod } from '../../facts/redis-server.ts';
import { fail, type Outcome, pass, progressing } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  claim: { en: 'a PersistentVolumeClaim in the Pod', zh: 'Pod 使用了 PersistentVolumeClaim' },
  noClaim: { en: 'volumes: {volumes}', zh: '卷：{volumes}' },
  whyClaim: { en: 'an emptyDir goes with its Pod', zh: 'emptyDir 会随 Pod 一起消失' },
  bound: { en: 'claim {claim} Bound', zh: '申领 {claim} 处于 Bound' },
  phase: { en: 'claim {claim} is {phase}', zh: '申领 {claim} 处于 {phase}' },
  whyBound: {
    en: 'no StorageClass answered, or its provisioner is off; Pending before the Pod is scheduled is normal (WaitForFirstConsumer)',
    zh: '没有 StorageClass 响应，或供应程序未开启；在 Pod 被调度之前处于 Pending 是正常的（WaitForFirstConsumer）',
  },
  dir: { en: 'Redis writes to {path}, where the volume is mounted', zh: 'Redis 写入卷的挂载路径 {path}' },
  otherDir: { en: 'Redis writes to {dir}', zh: 'Redis 写入 {dir}' },
  whyDir: {
    en: 'everything looks green, and every restart forgets all data: the files lie beside the volume',
    zh: '一切看起来正常，但每次重启都会丢失全部数据：文件写在了卷之外',
  },
  fixDir: {
    en: 'make `dir` in redis.conf and the mountPath in k8s/v0.2/redis/statefulset.yaml agree',
    zh: '让 redis.conf 中的 `dir` 与 k8s/v0.2/redis/statefulset.yaml 中的 mountPath 一致',
  },
});

export const redisVolumeUnderData: Check = {
  id: 'RD03',
  title: { en: 'the claim is Bound and mounted where Redis writes', zh: 'PVC 已 Bound，并挂载在 Redis 写入数据的目录' },
  proves: {
    en: 'Follows the data from the process to the disk: `CONFIG GET dir`, the container’s mount at that path, the Pod’s volume, the PersistentVolumeClaim and its phase.',
    zh: '沿着数据从进程到磁盘逐级核对：`CONFIG GET dir`、容器在该路径的挂载、Pod 的卷、PersistentVolumeClaim 及其状态。',
  },
  covers: ['redis-persistence', 'redis-statefulset'],
  needs: [needsReadyRedisPod],
  async run(context) {
    const { cluster, stack, signal } = context;
    const pod = await readyRedisPod(context);
    const claims = await cluster.list<PersistentVolumeClaim>('persistentvolumeclaims', stack.namespace, { signal });
    const dir = parseConfigGet(await askRedis(context, pod, 'CONFIG GET dir')).get('dir') ?? '';
    return judgeVolume({ namespace: stack.namespace, pod, claims, dir });
  },
};

export interface VolumeFacts {
  readonly namespace: string;
  readonly pod: Pod;
  readonly claims: readonly PersistentVolumeClaim[];
  /** `CONFIG GET dir`. */
  readonly dir: string;
}

export function judgeVolume({ namespace, pod, claims, dir }: VolumeFacts): Outcome {
  const volume = pod.spec.volumes?.find((v) => v.persistentVolumeClaim !== undefined);
  const claimName = volume?.persistentVolumeClaim?.claimName;
  if (volume === undefined || claimName === undefined) {
    const volumes = pod.spec.volumes?.map((v) => v.name).join(', ') ?? '';
    return fail({
      expected: said(text.claim),
      actual: said(text.noClaim, { volumes }),
      why: said(text.whyClaim),
      fix: raw('kubectl apply -k k8s/v0.2'),
    });
  }
  const claim = claims.find((c) => c.metadata.name === claimName);
  const phase = claim?.status.phase ?? 'missing';
  if (phase !== 'Bound') {
    return (phase === 'Pending' ? progressing : fail)({
      expected: said(text.bound, { claim: claimName }),
      actual: said(text.phase, { claim: claimName, phase }),
      why: said(text.whyBound),
      fix: raw(`kubectl -n ${namespace} describe pvc ${claimName}; kubectl get storageclass`),
    });
  }
  const mounts = pod.spec.containers.flatMap((c) => c.volumeMounts ?? []).filter((m) => m.name === volume.name);
  const paths = mounts.map((m) => m.mountPath);
  if (!paths.some((path) => dir === path || dir.startsWith(`${path}/`))) {
    return fail({
      expected: said(text.dir, { path: paths.join(', ') || '?' }),
      actual: said(text.otherDir, { dir }),
      why: said(text.whyDir),
      fix: said(text.fixDir),
    });
  }
  return pass(
    raw(`${dir} → ${claimName} (${claim?.status.capacity?.['storage'] ?? '?'}) → ${claim?.spec.volumeName ?? '?'}`),
  );
}
