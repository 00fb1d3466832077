import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, type TestContext, test } from 'node:test';
import { catalogue } from '../../src/verify/catalogue.ts';
import { KubectlAccess } from '../../src/verify/cluster-access/kubectl-access.ts';
import { rounds } from './support/faults.ts';
import { liveStack } from './support/live-stack.ts';
import { coldStartMs } from './support/local-test-cluster.ts';
import { type ProveFaultsOptions, proveGreen, proveRound } from './support/prove-faults.ts';

// Spoils a stack on purpose, a round of faults after another, and sees it recover.
let access: KubectlAccess | undefined;

after(async () => {
  await access?.close();
});

async function prepare(t: TestContext): Promise<ProveFaultsOptions | undefined> {
  const stack = await liveStack(t);
  if (stack === undefined) return undefined;
  const kubectl = { ...stack.kubectl.command, env: stack.env };
  access ??= await KubectlAccess.open({ kubectl, tempFolder: tmpdir(), signal: AbortSignal.timeout(30_000) });
  // Output, also when nobody reads it, tells the test runner that a long wait is alive.
  return { access, kubectl, report: (line) => process.stdout.write(`${line}\n`) };
}

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

test('there is a healthy stack to spoil', { timeout: coldStartMs }, async (t) => {
  await prepare(t);
});

for (const round of rounds) {
  const ids = round.faults.map((fault) => fault.turnsRed).join(', ');
  test(`${ids} turn red and recover: ${round.name}`, { timeout: 900_000 }, async (t) => {
    const options = await prepare(t);
    if (options !== undefined) await proveRound(round, options);
  });
}

test('after all rounds the whole stack is green', { timeout: 600_000 }, async (t) => {
  const options = await prepare(t);
  if (options !== undefined) await proveGreen(options);
});
