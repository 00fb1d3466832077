import assert from 'node:assert/strict';

/** What became of numbered lines: each kind of fault by itself, so that a duplicate cannot hide a gap. */
export interface Accounting {
  readonly received: number;
  readonly missing: number[];
  readonly twice: number[];
  /** How often a first arrival came behind a larger number. */
  readonly outOfOrder: number;
}

/** Accounts for `seq=` texts against the numbers `0`…`sent - 1` by a bitmap. */
export function account(texts: Iterable<string>, sent: number): Accounting {
  const seen = new Uint8Array(sent);
  let received = 0;
  let last = -1;
  let outOfOrder = 0;
  const twice = new Set<number>();
  for (const text of texts) {
    const match = /^seq=(\d+)/.exec(text);
    if (match === null) continue;
    const n = Number(match[1]);
    assert.ok(n < sent, `seq=${n} was never sent`);
    received++;
    if (seen[n] === 1) {
      twice.add(n);
      continue;
    }
    seen[n] = 1;
    if (n < last) outOfOrder++;
    last = Math.max(last, n);
  }
  const missing: number[] = [];
  for (let n = 0; n < sent; n++) if (seen[n] === 0) missing.push(n);
  return { received, missing, twice: [...twice], outOfOrder };
}

/** `0-99,105`: what a person can read when thousands are missing. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === (numbers[j] as number) + 1) j++;
    parts.push(i === j ? `${numbers[i]}` : `${numbers[i]}-${numbers[j]}`);
    i = j + 1;
  }
  return parts.join();
}

/** Everything once, in order. */
export function assertExact(texts: Iterable<string>, sent: number): void {
  const { received, missing, twice, outOfOrder } = account(texts, sent);
  assert.deepEqual(
    { received, missing: ranges(missing), twice: ranges(twice.toSorted((a, b) => a - b)), outOfOrder },
    { received: sent, missing: '', twice: '', outOfOrder: 0 },
  );
}
