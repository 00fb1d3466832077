import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JourneyError } from '../../src/errors/journey-error.ts';
import type { Check } from '../../src/verify/check.ts';
import { exitCodeOf } from '../../src/verify/exit-code.ts';
import { fail, type Outcome, pass, progressing, skip, unjudged, warn } from '../../src/verify/outcome.ts';
import { type Run, type RunChecksOptions, runChecks } from '../../src/verify/run-checks.ts';
import { raw } from '../../src/verify/said.ts';
import { selectChecks } from '../../src/verify/select-checks.ts';
import { defaultStack } from '../../src/verify/stack.ts';
import { canariesOf, checkWith, finding, noCluster, realClock } from './fixtures.ts';

const green = pass(raw('ok'));

function run(checks: readonly Check[], more: Partial<RunChecksOptions> = {}): Promise<Run> {
  return runChecks({
    checks,
    cluster: noCluster,
    stack: defaultStack,
    canaries: canariesOf(noCluster),
    clock: realClock,
    runId: 'testtest',
    waitMs: 0,
    signal: new AbortController().signal,
    ...more,
  });
}

const statuses = (r: Run): string[] => r.results.map((x) => `${x.check.id} ${x.outcome.status}`);

test('after a fatal failure the rest of the category is skipped and names it, other categories go on', async () => {
  const done = await run([
    checkWith('RD01', fail(finding), { fatal: true }),
    checkWith('RD02', green),
    checkWith('AP01', green),
  ]);
  assert.deepEqual(statuses(done), ['RD01 fail', 'RD02 skip', 'AP01 pass']);
  const skipped = done.results[1]?.outcome;
  assert.ok(skipped?.status === 'skip');
  assert.equal(skipped.reason.params['id'], 'RD01');
});

test('a failure that is not fatal skips nothing', async () => {
  assert.deepEqual(statuses(await run([checkWith('RD01', fail(finding)), checkWith('RD02', green)])), [
    'RD01 fail',
    'RD02 pass',
  ]);
});

test('with --wait a check is looked at again until it passes', async () => {
  const seen: string[] = [];
  const done = await run([checkWith('RD01', [progressing(finding), fail(finding), green])], {
    waitMs: 60_000,
    events: { retrying: (check, outcome) => seen.push(`${check.id} ${outcome.status}`) },
  });
  assert.deepEqual(statuses(done), ['RD01 pass']);
  assert.equal(done.results[0]?.attempts, 3);
  assert.deepEqual(seen, ['RD01 fail', 'RD01 fail']);
});

test('without --wait, and for a disruptive check always, one look is all', async () => {
  const once = await run([checkWith('RD01', [fail(finding), green])]);
  const disruptive = checkWith('RD09', [fail(finding), green], { disruptive: { en: 'x', zh: 'x' } });
  const never = await run([disruptive], { waitMs: 60_000 });
  assert.deepEqual([...statuses(once), ...statuses(never)], ['RD01 fail', 'RD09 fail']);
});

test('a check that never answers fails at its deadline and says how long it was given', async () => {
  const stuck = checkWith('RD01', green, { timeoutMs: 30, run: () => new Promise<Outcome>(() => undefined) });
  const done = await run([stuck, checkWith('AP01', green)]);
  assert.deepEqual(statuses(done), ['RD01 fail', 'AP01 pass']);
  const outcome = done.results[0]?.outcome;
  assert.ok(outcome?.status === 'fail');
  assert.equal(outcome.expected.params['seconds'], 0.03);
});

test('the deadline reaches the check as an aborted signal', async () => {
  let aborted = false;
  const check = checkWith('RD01', green, {
    timeoutMs: 20,
    run: ({ signal }) =>
      new Promise<Outcome>((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  });
  await run([check]);
  assert.equal(aborted, true);
});

test('a missing permission and a broken check are not judged, neither green nor red', async () => {
  const forbidden = checkWith('RD01', green, {
    run: () =>
      Promise.reject(
        new JourneyError('cluster-forbidden', {
          verb: 'get',
          resource: 'pods/log',
          namespace: 'journey',
          reason: 'no',
        }),
      ),
  });
  const bug = checkWith('RD02', green, { run: () => Promise.reject(new TypeError('x is undefined')) });
  const done = await run([forbidden, bug]);
  assert.deepEqual(statuses(done), ['RD01 unjudged', 'RD02 unjudged']);
  assert.equal(exitCodeOf(done, { strict: false }), 3);
});

test('a precondition that does not hold skips the check with its reason', async () => {
  const check = checkWith('LC05', fail(finding), { needs: [async () => undefined, async () => raw('needs 2 nodes')] });
  const done = await run([check]);
  assert.deepEqual(done.results[0]?.outcome, skip(raw('needs 2 nodes')));
});

test('what a check made is taken back newest first: after it passed, failed, broke and between retries', async () => {
  const log: string[] = [];
  const canaries = canariesOf(noCluster);
  const making = (name: string, outcome: () => Promise<Outcome>): Partial<Check> => ({
    run: (context) => {
      context.canaries.undoWith(name, async () => void log.push(`undo ${name}`));
      context.canaries.undoWith(`${name}'`, async () => void log.push(`undo ${name}'`));
      return outcome();
    },
  });
  await run(
    [
      checkWith(
        'RD01',
        green,
        making('a', async () => green),
      ),
      checkWith(
        'RD02',
        green,
        making('b', () => Promise.reject(new Error('bug'))),
      ),
      checkWith(
        'RD03',
        green,
        making('c', async () => fail(finding)),
      ),
    ],
    { canaries, waitMs: 0 },
  );
  assert.deepEqual(log, ["undo a'", 'undo a', "undo b'", 'undo b', "undo c'", 'undo c']);
});

test('Ctrl-C ends the run, takes back what had begun and reports 130', async () => {
  const interrupt = new AbortController();
  let undone = false;
  const check = checkWith('RD01', green, {
    run: (context) => {
      context.canaries.undoWith('x', async (signal) => {
        assert.equal(signal.aborted, false, 'taking back has a deadline of its own');
        undone = true;
      });
      interrupt.abort(new Error('SIGINT'));
      return new Promise<Outcome>(() => undefined);
    },
  });
  const done = await run([check, checkWith('RD02', green)], { signal: interrupt.signal });
  assert.equal(undone, true);
  assert.deepEqual(done.results, []);
  assert.equal(exitCodeOf(done, { strict: false }), 130);
});

test('what cannot be taken back is reported and does not stop the run', async () => {
  const left: string[] = [];
  const check = checkWith('RD01', green, {
    run: async (context) => {
      context.canaries.undoWith('pods/x', () => Promise.reject(new Error('gone away')));
      return green;
    },
  });
  const events = {
    leftBehind: ({ what, reason }: { what: string; reason: string }) => void left.push(`${what}: ${reason}`),
  };
  const done = await run([check, checkWith('RD02', green)], { events });
  assert.deepEqual(left, ['pods/x: gone away']);
  assert.deepEqual(statuses(done), ['RD01 pass', 'RD02 pass']);
});

describe('exit code', () => {
  const cases: readonly [string, readonly Outcome[], number, number?][] = [
    ['all passed', [green, green], 0],
    ['a warning is green', [green, warn(finding)], 0],
    ['a skip is green beside a pass', [green, skip(raw(''))], 0],
    ['nothing could be asked', [skip(raw(''))], 3],
    ['nothing ran at all', [], 3],
    ['a failure', [green, fail(finding)], 1],
    ['a failure beats not judged', [unjudged(raw('')), fail(finding)], 1],
    ['a failure beats progressing', [progressing(finding), fail(finding)], 1],
    ['not judged', [green, unjudged(raw(''))], 3],
    ['not judged beats progressing', [progressing(finding), unjudged(raw(''))], 3],
    ['only progressing', [green, progressing(finding)], 8],
  ];
  for (const [name, outcomes, code] of cases) {
    test(`${name}: ${code}`, () => {
      const results = outcomes.map((outcome) => ({
        check: checkWith('RD01', outcome),
        outcome,
        durationMs: 0,
        attempts: 1,
      }));
      assert.equal(exitCodeOf({ results, startedAt: 0, durationMs: 0, interrupted: false }, { strict: false }), code);
    });
  }

  test('with --strict a warning is a failure', () => {
    const outcome = warn(finding);
    const results = [{ check: checkWith('RD01', outcome), outcome, durationMs: 0, attempts: 1 }];
    assert.equal(exitCodeOf({ results, startedAt: 0, durationMs: 0, interrupted: false }, { strict: true }), 1);
  });
});

describe('selection', () => {
  const catalogue = [
    checkWith('RD01', green),
    checkWith('RD09', green, { disruptive: { en: 'x', zh: 'x' } }),
    checkWith('AP01', green),
  ];
  const select = (only: readonly string[], disruptive = false): string => {
    const selection = selectChecks({ catalogue, only, disruptive });
    if (!selection.ok) return `${selection.problem.text.en} ${JSON.stringify(selection.problem.params)}`;
    return `${selection.checks.map((c) => c.id)} | ${selection.leftOut.map((c) => c.id)}`;
  };
  const cases: readonly [readonly string[], boolean, RegExp][] = [
    [[], false, /^RD01,AP01 \| RD09$/],
    [[], true, /^RD01,RD09,AP01 \| $/],
    [['rd'], false, /^RD01 \| RD09$/],
    [['ap01', 'RD01'], false, /^RD01,AP01 \| $/],
    [['RD09'], true, /^RD09 \| $/],
    [['RD09'], false, /add --disruptive.*RD09/],
    [['RD1'], false, /did you mean.*"id":"RD1","nearest":"RD01"/],
    [['ZZ'], false, /there is no check/],
  ];
  for (const [only, disruptive, expected] of cases) {
    test(`--only ${only.join(',') || '(nothing)'}${disruptive ? ' --disruptive' : ''}`, () => {
      assert.match(select(only, disruptive), expected);
    });
  }
});
