import type { PodDirectory } from './chain/log-path.ts';

export interface NamespaceFilterOptions {
  /** Empty means every namespace. */
  readonly includeNamespaces: readonly string[];
  readonly excludeNamespaces: readonly string[];
}

/** Whether a Pod is left out because of its namespace: known from the path, so nothing of it is ever opened. */
export function isFilteredOut({
  includeNamespaces,
  excludeNamespaces,
}: NamespaceFilterOptions): (pod: PodDirectory) => boolean {
  const included = new Set(includeNamespaces);
  const excluded = new Set(excludeNamespaces);
  return ({ namespace }) => excluded.has(namespace) || (included.size > 0 && !included.has(namespace));
}
