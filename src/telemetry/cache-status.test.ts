import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCacheStatus } from './cache-status.ts';

const short = (header: string | undefined): string =>
  parseCacheStatus(header)
    .map(
      (s) => `${s.cache}/${s.hit ? 'hit' : (s.forwarded ?? '-')}${s.collapsed ? '/collapsed' : ''}/${s.detail ?? '-'}`,
    )
    .join(' ');

const cases: readonly [string | undefined, string][] = [
  ['journey-near; hit; ttl=4', 'journey-near/hit/-'],
  ['journey-near; hit; ttl=-3; detail="store unavailable"', 'journey-near/hit/store unavailable'],
  ['journey-near; fwd=miss; collapsed; stored; ttl=5; detail=store', 'journey-near/miss/collapsed/store'],
  // The example of RFC 9211 §3.
  ['OriginCache; hit; ttl=1100, "CDN Company Here"; hit; ttl=545', 'OriginCache/hit/- CDN Company Here/hit/-'],
  ['a; fwd=stale; detail="x, y; z"', 'a/stale/x, y; z'],
  [undefined, ''],
  ['', ''],
];
for (const [header, expected] of cases) {
  test(`${header}`, () => assert.equal(short(header), expected));
}
