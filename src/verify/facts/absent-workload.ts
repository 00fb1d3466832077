import { defineMessages } from '../../i18n/messages.ts';
import { fail, type Outcome } from '../outcome.ts';
import { raw, type Said, said } from '../said.ts';

const text = defineMessages({
  exists: { en: '{kind} {name} in the namespace {namespace}', zh: '命名空间 {namespace} 中有 {kind} {name}' },
  none: { en: 'there is none', zh: '不存在' },
});

export interface AbsentWorkload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** A workload of the stack is not there at all. */
export function absentWorkload(workload: AbsentWorkload, why: Said): Outcome {
  const fix = raw('kubectl apply -k k8s/v0.2');
  return fail({ expected: said(text.exists, workload), actual: said(text.none), why, fix });
}
