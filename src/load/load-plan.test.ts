import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJourneyError } from '../errors/journey-error.ts';
import { type LoadPlanInput, planLoad } from './load-plan.ts';

const code = (input: LoadPlanInput): string => {
  try {
    planLoad(input);
    return 'ok';
  } catch (error) {
    return isJourneyError(error) ? error.code : String(error);
  }
};

const cases: readonly [string, LoadPlanInput, string][] = [
  ['the defaults', {}, 'ok'],
  ['localhost', { url: 'http://localhost:8080' }, 'ok'],
  ['another loopback address', { url: 'http://127.8.9.1:8080' }, 'ok'],
  ['IPv6 loopback', { url: 'http://[::1]:8080' }, 'ok'],
  ['a Service of the cluster', { url: 'http://api.journey.svc.cluster.local' }, 'ok'],
  ['a Service by its short name', { url: 'http://api.journey.svc' }, 'ok'],
  ['another machine', { url: 'http://192.168.1.9:8080' }, 'load-target-remote'],
  ['a public name', { url: 'http://example.com' }, 'load-target-remote'],
  ['a public name that begins like loopback', { url: 'http://127.0.0.1.example.com' }, 'load-target-remote'],
  ['a public name that ends like a Service', { url: 'http://evil-svc.example' }, 'load-target-remote'],
  ['another machine, allowed', { url: 'http://192.168.1.9:8080', allowRemote: true }, 'ok'],
  ['no address', { url: 'localhost:8080' }, 'load-url-invalid'],
  ['another scheme', { url: 'ftp://127.0.0.1' }, 'load-url-invalid'],
  ['the longest run', { seconds: 60 }, 'ok'],
  ['a longer run', { seconds: 61 }, 'load-option-invalid'],
  ['no time', { seconds: 0 }, 'load-option-invalid'],
  ['not a number', { connections: Number.NaN }, 'load-option-invalid'],
  ['half a connection', { connections: 1.5 }, 'load-option-invalid'],
  ['too many connections', { connections: 513 }, 'load-option-invalid'],
  ['more reads than there are', { readShare: 1.1 }, 'load-option-invalid'],
  ['a value of one byte, which is no JSON string', { valueBytes: 1 }, 'load-option-invalid'],
  ['a rate of nothing', { ratePerSecond: 0 }, 'load-option-invalid'],
];
for (const [name, input, expected] of cases) {
  test(`${name}: ${expected}`, () => assert.equal(code(input), expected));
}
