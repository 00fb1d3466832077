import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { KubectlInvocation } from '../../../src/cluster/kubectl.ts';
import { catalogue } from '../../../src/verify/catalogue.ts';
import type { Check } from '../../../src/verify/check.ts';
import type { KubectlAccess } from '../../../src/verify/cluster-access/kubectl-access.ts';
import { findingLines } from '../../../src/verify/output/finding-lines.ts';
import { type CheckResult, categoryOf } from '../../../src/verify/run-checks.ts';
import { defaultStack } from '../../../src/verify/stack.ts';
import { systemClock } from '../../../src/verify/system-clock.ts';
import { verifyStack } from '../../../src/verify/verify-stack.ts';
import type { ObjectRef, Round, Step } from './faults.ts';
import { nudge } from './nudge.ts';

export interface ProveFaultsOptions {
  readonly access: KubectlAccess;
  readonly kubectl: KubectlInvocation;
  readonly report: (line: string) => void;
}

/**
 * A rollout and the caches of DNS and kubelet have their say before a fault shows, and again before it is gone. A rolling
 * update of three collectors takes two minutes on a machine that has other things to do.
 */
const redWithinMs = 240_000;
const greenWithinMs = 240_000;

/**
 * Injects the faults of a round into a healthy stack, expects each check to turn red, undoes them and expects each to
 * recover. The stack is put back also when the expectation fails. Checks that disturb take a minute each: they are not
 * asked again here but all together after the last round; a round of them begins when all others are green.
 */
export async function proveRound(round: Round, options: ProveFaultsOptions): Promise<void> {
  const { report } = options;
  if (round.disruptive === true) await proveGreen(options);
  const ids = round.faults.map((f) => f.turnsRed);
  const undos: (() => void)[] = [];
  try {
    for (const step of round.faults.flatMap((f) => f.steps)) {
      const undo = inject(step, options);
      // The undoing begins at the end of the list.
      if ('undoLast' in step) undos.unshift(undo);
      else undos.push(undo);
    }
    nudge(options.kubectl);
    const red = await judgeUntil(ids, round, options, redWithinMs, (results) =>
      results.every((r) => r.outcome.status === 'fail'),
    );
    for (const { check, outcome } of red) {
      const fault = round.faults.find((f) => f.turnsRed === check.id);
      const lines = findingLines(outcome, 'en');
      assert.equal(outcome.status, 'fail', `${check.id} did not notice: ${fault?.what}\n${lines.join('\n')}`);
      report(`${check.id} red: ${fault?.what}\n    ${lines.slice(0, 2).join('\n    ')}`);
    }
  } finally {
    for (const undo of undos.reverse()) undo();
    // A scheduled run may have fallen into the round; how it ended says nothing about the stack without the fault.
    run(options.kubectl, ['--namespace', 'journey', 'delete', 'jobs', '--all', '--wait=false']);
    nudge(options.kubectl);
  }
  if (round.disruptive === true) return;
  const green = await judgeUntil(ids, round, options, greenWithinMs, (results) => results.every(isGreen));
  for (const result of green) {
    assert.ok(isGreen(result), `${result.check.id} did not recover\n${findingLines(result.outcome, 'en').join('\n')}`);
  }
}

/** All checks that disturb nothing, on the stack as a whole. @throws with what is not green. */
async function proveGreen(options: ProveFaultsOptions): Promise<void> {
  const harmless = catalogue.filter(({ disruptive }) => disruptive === undefined).map(({ id }) => id);
  const round = { name: 'nothing', faults: [] };
  for (const result of await judgeUntil(harmless, round, options, greenWithinMs, (all) => all.every(isGreen))) {
    assert.ok(isGreen(result), `${result.check.id} is not green\n${findingLines(result.outcome, 'en').join('\n')}`);
  }
}

/** A check that was skipped has not recovered; but on a young cluster the schedule has not fired yet (CJ05). */
function isGreen({ check, outcome }: CheckResult): boolean {
  return outcome.status === 'pass' || outcome.status === 'warn' || (outcome.status === 'skip' && check.id === 'CJ05');
}

/** Runs the checks of a round again and again until they are as wanted or the time is up. @returns the last results. */
async function judgeUntil(
  ids: readonly string[],
  { disruptive }: Round,
  { access, kubectl }: ProveFaultsOptions,
  timeoutMs: number,
  wanted: (results: readonly CheckResult[]) => boolean,
): Promise<readonly CheckResult[]> {
  const deadline = Date.now() + timeoutMs;
  // A disruptive check looks once and takes minutes: let every rollout end first.
  if (disruptive === true) settle(kubectl);
  const checks = catalogue.filter((check) => ids.includes(check.id));
  const categories = Map.groupBy(checks, ({ id }) => categoryOf(id));
  for (;;) {
    const results = (await Promise.all([...categories.values()].map((some) => judge(some, access)))).flat();
    if (wanted(results) || Date.now() > deadline) return results;
    await systemClock.wait(2_000, new AbortController().signal);
  }
}

/** Checks of one category in order; those of different ones do not wait for each other, unlike in a real run. */
async function judge(checks: readonly Check[], access: KubectlAccess): Promise<readonly CheckResult[]> {
  const { run } = await verifyStack({
    cluster: access,
    stack: defaultStack,
    checks,
    clock: systemClock,
    runId: randomBytes(4).toString('hex'),
    waitMs: 0,
    signal: new AbortController().signal,
  });
  return run.results;
}

function settle(kubectl: KubectlInvocation): void {
  for (const [namespace, workload] of [
    ['journey', 'statefulset/redis'],
    ['journey', 'deployment/api'],
    ['journey-node', 'daemonset/log-collector'],
  ]) {
    run(kubectl, ['--namespace', namespace ?? '', 'rollout', 'status', workload ?? '', '--timeout=180s']);
  }
}

/** @returns how to undo it. */
function inject(step: Step, { kubectl }: ProveFaultsOptions): () => void {
  if ('edit' in step) {
    if (step.ifPresent === true && !exists(kubectl, step.edit)) return () => undefined;
    const original = get(kubectl, step.edit);
    const spoilt = structuredClone(original);
    step.change(spoilt);
    replace(kubectl, spoilt);
    return () => replace(kubectl, original);
  }
  if ('redis' in step) {
    askRedis(kubectl, step.redis);
    return () => askRedis(kubectl, step.undo);
  }
  if ('create' in step) {
    run(kubectl, ['create', '--filename', '-'], JSON.stringify(step.create));
    return () => run(kubectl, ['delete', '--wait=false', '--filename', '-'], JSON.stringify(step.create));
  }
  run(kubectl, step.kubectl);
  return () => {
    if (step.undo !== undefined) run(kubectl, step.undo);
  };
}

function exists(kubectl: KubectlInvocation, { name, namespace }: ObjectRef): boolean {
  return run(kubectl, ['--namespace', namespace, 'get', name, '--ignore-not-found', '--output', 'name']) !== '';
}

function get(kubectl: KubectlInvocation, { name, namespace }: ObjectRef): { metadata: Record<string, unknown> } {
  const object = JSON.parse(run(kubectl, ['--namespace', namespace, 'get', name, '--output', 'json']));
  delete object.status;
  // Whatever happens to the object meanwhile, what is put back is what was there.
  for (const member of ['resourceVersion', 'uid', 'managedFields', 'generation', 'creationTimestamp'])
    delete object.metadata[member];
  return object;
}

function replace(kubectl: KubectlInvocation, object: object): void {
  run(kubectl, ['replace', '--filename', '-'], JSON.stringify(object));
}

function askRedis(kubectl: KubectlInvocation, commands: readonly string[]): void {
  const encoded = run(kubectl, [
    '--namespace',
    'journey',
    'get',
    'secret',
    'redis-auth',
    '--output',
    'jsonpath={.data.admin}',
  ]);
  const password = Buffer.from(encoded, 'base64').toString();
  const input = [`AUTH admin ${password}`, ...commands, ''].join('\n');
  const reply = run(
    kubectl,
    ['--namespace', 'journey', 'exec', '--stdin', 'redis-0', '--container', 'redis', '--', 'redis-cli'],
    input,
  );
  assert.doesNotMatch(reply, /^(ERR|NOPERM|WRONGPASS)/m, commands.join('; '));
}

function run({ command, env }: KubectlInvocation, args: readonly string[], input = ''): string {
  const done = spawnSync(command.file, [...command.args, ...args], { env, input, encoding: 'utf8', timeout: 240_000 });
  if (done.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.stderr || String(done.error)}`);
  return done.stdout;
}
