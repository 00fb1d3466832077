import type { Manifest } from '../../../src/stack/manifest.ts';
import { operationRules } from './operation-rules.ts';
import type { Rule, Violation } from './rule.ts';
import { securityRules } from './security-rules.ts';
import { workloadsOf } from './view.ts';

export const rules: readonly Rule[] = [...securityRules, ...operationRules];

export interface Waiver {
  readonly rule: string;
  /** As in {@link Violation.object}; a `*` at the end stands for anything. */
  readonly object: string;
  readonly reason: string;
}

export interface Finding extends Violation {
  readonly rule: string;
}

/** Everything that is wrong, waived or not. */
export function findingsOf(manifests: readonly Manifest[]): Finding[] {
  const set = { manifests, workloads: workloadsOf(manifests) };
  return rules.flatMap((rule) => rule.check(set).map((violation) => ({ rule: rule.id, ...violation })));
}

export function waives({ rule, object }: Waiver, finding: Finding): boolean {
  if (rule !== finding.rule) return false;
  return object.endsWith('*') ? finding.object.startsWith(object.slice(0, -1)) : finding.object === object;
}
