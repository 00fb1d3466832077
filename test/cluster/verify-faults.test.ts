import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { catalogue } from '../../src/verify/catalogue.ts';
import { KubectlAccess } from '../../src/verify/cluster-access/kubectl-access.ts';
import { rounds } from './support/faults.ts';
import { proveRound } from './support/prove-faults.ts';

// Spoils a stack on purpose, so the cluster must be named on purpose: never the current context.
const kubeconfig = process.env['JOURNEY_TEST_KUBECONFIG'];
const reason =
  'needs a cluster with the stack on it that may be spoilt; `npx journey up --provider local --nodes 3`, then JOURNEY_TEST_KUBECONFIG=<its kubeconfig> npm test -- test/cluster/verify-faults.test.ts';
const kubectl = {
  file: process.env['JOURNEY_TEST_KUBECTL'] ?? 'kubectl',
  args: [`--kubeconfig=${kubeconfig}`],
  env: process.env,
};

test('every check has a real fault', () => {
  const covered = rounds.flatMap((round) => round.faults.map((fault) => fault.turnsRed)).sort();
  assert.deepEqual(covered, catalogue.map((check) => check.id).sort());
});

test('a fault that needs --disruptive stands in a round that says so', () => {
  for (const round of rounds) {
    for (const { turnsRed } of round.faults) {
      const disruptive = catalogue.find((check) => check.id === turnsRed)?.disruptive !== undefined;
      assert.equal(disruptive, round.disruptive === true, turnsRed);
    }
  }
});

let access: KubectlAccess | undefined;
after(() => access?.close());

for (const round of rounds) {
  const ids = round.faults.map((fault) => fault.turnsRed).join(', ');
  test(`${ids} turn red and recover: ${round.name}`, {
    timeout: 900_000,
    skip: kubeconfig === undefined ? reason : false,
  }, async () => {
    const signal = AbortSignal.timeout(30_000);
    access ??= await KubectlAccess.open({ kubectl, tempFolder: tmpdir(), signal });
    // Output, also when nobody reads it, tells the test runner that a long wait is alive.
    await proveRound(round, { access, kubectl, report: (line) => process.stdout.write(`${line}\n`) });
  });
}
