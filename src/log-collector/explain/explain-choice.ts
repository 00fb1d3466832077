import type { CollectorConfig } from '../config.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import type { StreamView } from '../streams-view.ts';

/**
 * Whether a container is read, and by which rule. `notFollowed`: no filter speaks against it, and yet the running
 * collector does not have it.
 */
export type Choice =
  | { readonly read: true; readonly because: 'wanted' | 'followed' }
  | { readonly read: false; readonly because: 'excluded' | 'notIncluded' | 'selector'; readonly rule: string }
  | { readonly read: 'unknown'; readonly because: 'selector'; readonly rule: string }
  | { readonly read: false; readonly because: 'notFollowed' };

/**
 * What the filters make of a container.
 *
 * @param streams what a running collector follows; only that one knows labels and annotations.
 */
export function explainChoice(
  instance: ContainerInstance,
  filter: CollectorConfig['filter'],
  streams: readonly StreamView[] | undefined,
): Choice {
  const { includeNamespaces, excludeNamespaces } = filter;
  if (excludeNamespaces.includes(instance.namespace)) {
    return { read: false, because: 'excluded', rule: `filter.excludeNamespaces: ${excludeNamespaces.join(', ')}` };
  }
  if (includeNamespaces.length > 0 && !includeNamespaces.includes(instance.namespace)) {
    return { read: false, because: 'notIncluded', rule: `filter.includeNamespaces: ${includeNamespaces.join(', ')}` };
  }
  if (streams !== undefined && streamOf(instance, streams) !== undefined) return { read: true, because: 'followed' };
  const selectors = (['labelSelector', 'annotationSelector'] as const).filter((name) => filter[name] !== '');
  const rule = selectors.map((name) => `filter.${name}: ${filter[name]}`).join(', ');
  if (selectors.length > 0) return { read: streams === undefined ? 'unknown' : false, because: 'selector', rule };
  return streams === undefined ? { read: true, because: 'wanted' } : { read: false, because: 'notFollowed' };
}

export function streamOf(instance: ContainerInstance, streams: readonly StreamView[]): StreamView | undefined {
  const names = ['namespace', 'pod', 'uid', 'container', 'restart'] as const;
  return streams.find((stream) => names.every((name) => stream[name] === instance[name]));
}
