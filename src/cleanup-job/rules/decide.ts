import type { EntryFacts, Pass } from '../cleanup-store.ts';
import { expired } from './expired.ts';
import { noTtl } from './no-ttl.ts';
import { orphans } from './orphans.ts';
import { retention } from './retention.ts';
import type { Decision, Rule, RuleContext } from './rule.ts';

/**
 * In order; the first that finds something decides. Rules about data come before the one about indexes, because
 * acting on data sets its index entries right as well.
 */
const rules: readonly Rule[] = [expired, retention, noTtl, orphans];

export function decide(entry: EntryFacts, pass: Pass, context: RuleContext): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(entry, pass, context);
    if (decision !== undefined) return decision;
  }
  return undefined;
}
