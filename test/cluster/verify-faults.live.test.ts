import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, type TestContext, test } from 'node:test';
import { catalogue } from '../../src/verify/catalogue.ts';
import { KubectlAccess } from '../../src/verify/cluster-access/kubectl-access.ts';
import { rounds } from './support/faults.ts';
import { liveStack } from './support/live-stack.ts';
import { coldStartMs } from './support/local-test-cluster.ts';
import { type ProveFaultsOptions, proveRound } from './support/prove-faults.ts';
import { runVerify, type VerifyReport } from './support/run-verify.ts';

// Spoils a stack on purpose, a round of faults after another, and sees it recover.
let access: KubectlAccess | undefined;

after(async () => {
  await access?.close();
});

async function prepare(t: TestContext): Promise<ProveFaultsOptions | undefined> {
  const stack = await liveStack(t);
  if (stack === undefined) return undefined;
  const kubectl = { command: stack.kubectl.command, env: stack.env };
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

test('after all rounds journey verify --disruptive is green', { timeout: 900_000 }, async (t) => {
  const stack = await liveStack(t);
  if (stack === undefined) return;
  // The rounds have restarted containers, which TE02 remembers for ten minutes.
  const { code, report } = await runVerify(stack, '--disruptive', '--wait', '60');
  t.diagnostic(`${report.checks.length} checks in ${(report.durationMs / 1_000).toFixed(1)} s`);
  // CJ05 looks at runs of the schedule: on a young cluster there are none.
  const young = ({ id, status }: VerifyReport['checks'][number]) => id === 'CJ05' && status === 'skip';
  const notGreen = report.checks.filter((check) => check.status !== 'pass' && !young(check));
  assert.deepEqual(notGreen, []);
  assert.equal(code, 0);
});
