import type { ContainerChain } from '../chain/container-chain.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import { type TraceRules, traceLanguages, traceRulesOf } from './trace-rules.ts';

export interface TraceSettings {
  readonly rules: readonly string[];
  readonly annotation: string;
}

export interface TraceChoiceOptions {
  /** Whether anybody will ever know annotations. */
  readonly known: boolean;
  /** Told once of each value that is not understood. */
  readonly wrong: (annotation: string) => void;
}

const all = traceLanguages.join('+');
const none = 'none';

/** Decides whose stack traces are joined: what the Pod's annotation asks for, else the first rule that fits. */
export function traceChoice(settings: () => TraceSettings, { known, wrong }: TraceChoiceOptions) {
  const complained = new Set<string>();
  const first = JSON.stringify(settings());
  return (
    chain: Pick<ContainerChain, 'instance' | 'traceRules'>,
    info: PodInfo | undefined,
  ): TraceRules | undefined => {
    const now = settings();
    const { rules, annotation } = now;
    // What the process before us joined goes on being joined until the API has spoken, or a reload has.
    if (info === undefined && known && chain.traceRules !== undefined && JSON.stringify(now) === first) {
      return chain.traceRules;
    }
    const asked = info?.annotations[annotation];
    const chosen = asked === undefined ? undefined : askedFor(asked, chain.instance.container);
    if (chosen === 'wrong' && asked !== undefined && !complained.has(asked)) {
      complained.add(asked);
      wrong(asked);
    }
    const names = chosen === undefined || chosen === 'wrong' ? ruleFor(rules, chain.instance)?.languages : chosen;
    return names === undefined || names === none ? undefined : traceRulesOf(names);
  };
}

/** Languages that an annotation asks for; `undefined` if it does not speak of this container. */
function askedFor(annotation: string, container: string): string | undefined {
  let found: string | undefined;
  for (const item of annotation.split(',')) {
    const [name = '', languages = all] = item.trim().split('=', 2);
    if (name === none) return none;
    if (!languages.split('+').every((each) => (traceLanguages as readonly string[]).includes(each))) return 'wrong';
    // Its own name says more than `*` does.
    if (name === container) return languages;
    if (name === '*') found = languages;
  }
  return found;
}

/** The first of the configured rules that fits, and the languages it names. */
export function ruleFor(rules: readonly string[], { namespace, pod, container }: ContainerInstance) {
  for (const rule of rules) {
    const [place = '', languages = all] = rule.split('=', 2);
    const parts = place.split('/');
    const fits = [namespace, pod, container].every((name, i) => patternOf(parts[i] ?? '').test(name));
    if (fits) return { rule, languages };
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

function patternOf(glob: string): RegExp {
  let pattern = patterns.get(glob);
  if (pattern === undefined) {
    const text = glob.replace(/[^*\w-]/g, '\\$&').replaceAll('*', '.*');
    pattern = new RegExp(`^${text}$`, 's');
    patterns.set(glob, pattern);
  }
  return pattern;
}
