/** Keys one script looks at: some tenths of a millisecond of the server's time. */
export const keysPerScript = 200;

export function append<T>(groups: Map<number, T[]>, group: number, item: T): void {
  const items = groups.get(group);
  if (items === undefined) groups.set(group, [item]);
  else items.push(item);
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
