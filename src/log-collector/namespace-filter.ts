import type { PodDirectory } from './chain/log-path.ts';

export interface NamespaceFilterOptions {
  /** Empty means every namespace. */
  readonly includeNamespaces: readonly string[];
  readonly excludeNamespaces: readonly string[];
}

/** Whether a Pod is left out because of its namespace: known from the path, so nothing of it is ever opened. */
export function isFilteredOut(
  { includeNamespaces, excludeNamespaces }: NamespaceFilterOptions,
  { namespace }: Pick<PodDirectory, 'namespace'>,
): boolean {
  if (excludeNamespaces.includes(namespace)) return true;
  return includeNamespaces.length > 0 && !includeNamespaces.includes(namespace);
}
