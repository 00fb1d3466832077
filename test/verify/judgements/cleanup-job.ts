import type { CronJob, JobSpec } from '../../../src/cluster/objects.ts';
import { judgeSchedule } from '../../../src/verify/checks/cleanup-job/cj01-on-schedule.ts';
import { judgeJob } from '../../../src/verify/checks/cleanup-job/cj02-job-succeeds.ts';
import { judgeLog } from '../../../src/verify/checks/cleanup-job/cj03-log-complete.ts';
import { judgeFailurePlan } from '../../../src/verify/checks/cleanup-job/cj04-ready-to-fail.ts';
import { judgeHistory } from '../../../src/verify/checks/cleanup-job/cj05-last-runs-succeeded.ts';
import { judgeRefusedLogin } from '../../../src/verify/checks/cleanup-job/cj06-wrong-password-not-retried.ts';
import { judgeRetry } from '../../../src/verify/checks/cleanup-job/cj07-retried-until-it-succeeds.ts';
import { judgeFiring } from '../../../src/verify/checks/cleanup-job/cj08-fires-by-itself.ts';
import type { JobRun } from '../../../src/verify/facts/canary-job.ts';
import { type Case, cronJob, job, meta, now } from './objects.ts';

const schedule = (cron: CronJob | undefined, nodesUpSince = 0) =>
  judgeSchedule({ namespace: 'journey', name: 'cleanup-job', cronJob: cron, nodesUpSince, now });
const young = (c: CronJob): CronJob => ({
  ...c,
  metadata: { ...c.metadata, creationTimestamp: '2026-03-01T10:29:00Z' },
});

const summary = { run: { id: 'r', mode: 'report', outcome: 'done', durationMs: 12, counts: { scanned: 3 } } };
const lines = (...entries: object[]): string =>
  `${entries.map((e) => JSON.stringify({ time: 't', level: 'info', ...e })).join('\n')}\n`;
const goodLog = lines({ run: 'r', msg: 'clean-up started' }, { ...summary, msg: 'clean-up finished' });

const ran = (
  end: 'Complete' | 'Failed' | undefined,
  codes: readonly (number | undefined)[],
  log = goodLog,
  reason = '',
): JobRun => ({
  job: job('j', end, reason),
  pods: codes.map((exitCode, i) => ({ name: `j-${i}`, exitCode, log })),
});
const at = { namespace: 'journey' };

const plan = (spec: Partial<CronJob['spec']>, jobSpec: Partial<JobSpec> = {}) => {
  const base = cronJob(spec);
  const jobTemplate = { spec: { ...base.spec.jobTemplate.spec, ...jobSpec } };
  return judgeFailurePlan({ ...base, spec: { ...base.spec, jobTemplate } });
};

const older = { ...job('older', 'Complete'), metadata: meta('older', { creationTimestamp: '2026-03-01T08:07:00Z' }) };
const newest = (end: 'Complete' | 'Failed', reason = '') => ({
  ...job('newest', end, reason),
  metadata: meta('newest', { creationTimestamp: '2026-03-01T10:07:00Z' }),
});

export const cleanupCases: readonly Case[] = [
  { id: 'CJ01', facts: 'healthy', outcome: schedule(cronJob()), status: 'pass' },
  { id: 'CJ01', facts: 'none', outcome: schedule(undefined), status: 'fail', says: /there is none/ },
  {
    id: 'CJ01',
    facts: 'suspended',
    outcome: schedule(cronJob({ suspend: true })),
    status: 'fail',
    says: /suspend: true/,
  },
  {
    id: 'CJ01',
    facts: 'once a year',
    outcome: schedule(cronJob({ schedule: '0 0 1 1 *' })),
    status: 'fail',
    says: /next run 2027-01-01T00:00:00Z/,
  },
  {
    id: 'CJ01',
    facts: '31 February',
    outcome: schedule(cronJob({ schedule: '0 0 31 2 *' })),
    status: 'fail',
    says: /never/,
  },
  {
    id: 'CJ01',
    facts: 'no schedule at all',
    outcome: schedule(cronJob({ schedule: 'hourly' })),
    status: 'fail',
    says: /hourly/,
  },
  {
    id: 'CJ01',
    facts: 'unknown time zone',
    outcome: schedule(cronJob({ timeZone: 'Mars/Olympus' })),
    status: 'fail',
    says: /Mars/,
  },
  {
    id: 'CJ01',
    facts: 'missed its last runs',
    outcome: schedule(cronJob({}, { lastScheduleTime: '2026-03-01T07:07:00Z' })),
    status: 'fail',
    says: /a run at 2026-03-01T08:07:00Z/,
  },
  {
    id: 'CJ01',
    facts: 'missed its last runs while the cluster slept',
    outcome: schedule(cronJob({}, { lastScheduleTime: '2026-03-01T07:07:00Z' }), Date.parse('2026-03-01T10:20:00Z')),
    status: 'warn',
    says: /came up only at 2026-03-01T10:20:00Z.*next run is at 2026-03-01T11:07:00Z/,
  },
  {
    id: 'CJ01',
    facts: 'never ran in two hours',
    outcome: schedule(cronJob({}, {})),
    status: 'fail',
    says: /never scheduled since/,
  },
  { id: 'CJ01', facts: 'made a minute ago', outcome: schedule(young(cronJob({}, {}))), status: 'pass' },
  {
    id: 'CJ01',
    facts: 'day of month or day of week: either',
    outcome: schedule(young(cronJob({ schedule: '0 12 31 * 0' }, {}))),
    status: 'pass',
  },
  {
    id: 'CJ01',
    facts: 'the zone decides',
    outcome: schedule(young(cronJob({ schedule: '0 9 * * *', timeZone: 'Asia/Shanghai' }, {}))),
    status: 'pass',
    says: /next 2026-03-02T01:00:00Z/,
  },

  { id: 'CJ02', facts: 'healthy', outcome: judgeJob({ ...at, run: ran('Complete', [0]) }), status: 'pass' },
  {
    id: 'CJ02',
    facts: 'wrong password',
    outcome: judgeJob({ ...at, run: ran('Failed', [77], goodLog, 'PodFailurePolicy') }),
    status: 'fail',
    says: /PodFailurePolicy.*exit code 77/,
  },
  {
    id: 'CJ02',
    facts: 'only at the second attempt',
    outcome: judgeJob({ ...at, run: ran('Complete', [75, 0]) }),
    status: 'fail',
  },
  {
    id: 'CJ02',
    facts: 'never ends',
    outcome: judgeJob({ ...at, run: ran(undefined, [undefined]) }),
    status: 'fail',
    says: /unfinished/,
  },
  { id: 'CJ02', facts: 'Job vanished', outcome: judgeJob({ ...at, run: undefined }), status: 'fail' },

  { id: 'CJ03', facts: 'healthy', outcome: judgeLog({ ...at, run: ran('Complete', [0]) }), status: 'pass' },
  {
    id: 'CJ03',
    facts: 'no line',
    outcome: judgeLog({ ...at, run: ran('Complete', [0], '') }),
    status: 'fail',
    says: /no line at all/,
  },
  {
    id: 'CJ03',
    facts: 'a line that is no JSON',
    outcome: judgeLog({ ...at, run: ran('Complete', [0], `${goodLog}TypeError: x\n`) }),
    status: 'fail',
    says: /TypeError: x/,
  },
  {
    id: 'CJ03',
    facts: 'no summary',
    outcome: judgeLog({ ...at, run: ran('Complete', [0], lines({ run: 'r', msg: 'clean-up started' })) }),
    status: 'fail',
    says: /no summary line/,
  },
  {
    id: 'CJ03',
    facts: 'a summary without counts',
    outcome: judgeLog({
      ...at,
      run: ran('Complete', [0], lines({ run: { mode: 'report', outcome: 'done', durationMs: 1 } })),
    }),
    status: 'fail',
  },
  { id: 'CJ03', facts: 'no run', outcome: judgeLog({ ...at, run: undefined }), status: 'fail' },

  { id: 'CJ04', facts: 'healthy', outcome: plan({}), status: 'pass' },
  {
    id: 'CJ04',
    facts: 'overlaps allowed',
    outcome: plan({ concurrencyPolicy: 'Allow' }),
    status: 'fail',
    says: /concurrencyPolicy/,
  },
  { id: 'CJ04', facts: 'no retry', outcome: plan({}, { backoffLimit: 0 }), status: 'fail', says: /backoffLimit/ },
  {
    id: 'CJ04',
    facts: 'no deadline',
    outcome: plan({}, { activeDeadlineSeconds: undefined } as never),
    status: 'fail',
    says: /activeDeadlineSeconds/,
  },
  {
    id: 'CJ04',
    facts: 'wrong password retried',
    outcome: plan({}, { podFailurePolicy: { rules: [] } }),
    status: 'fail',
    says: /FailJob 77, 78/,
  },
  {
    id: 'CJ04',
    facts: 'Redis away not retried',
    outcome: plan(
      {},
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [75, 77, 78] } }] } },
    ),
    status: 'fail',
    says: /no FailJob 75/,
  },
  {
    id: 'CJ04',
    facts: 'failed Pods are removed',
    outcome: plan({}, { template: { spec: { restartPolicy: 'OnFailure', containers: [] } } }),
    status: 'fail',
    says: /restartPolicy: Never/,
  },
  {
    id: 'CJ04',
    facts: 'no failed run is kept',
    outcome: plan({ failedJobsHistoryLimit: 0 }),
    status: 'fail',
    says: /failedJobsHistoryLimit/,
  },

  { id: 'CJ05', facts: 'healthy', outcome: judgeHistory({ ...at, jobs: [older, newest('Complete')] }), status: 'pass' },
  {
    id: 'CJ05',
    facts: 'the newest failed',
    outcome: judgeHistory({ ...at, jobs: [newest('Failed', 'BackoffLimitExceeded'), older] }),
    status: 'fail',
    says: /newest: BackoffLimitExceeded/,
  },
  { id: 'CJ05', facts: 'has not run yet', outcome: judgeHistory({ ...at, jobs: [] }), status: 'skip' },

  {
    id: 'CJ06',
    facts: 'healthy',
    outcome: judgeRefusedLogin({ ...at, run: ran('Failed', [77], '', 'PodFailurePolicy') }),
    status: 'pass',
  },
  {
    id: 'CJ06',
    facts: 'retried',
    outcome: judgeRefusedLogin({ ...at, run: ran('Failed', [77, 77, 77], '', 'BackoffLimitExceeded') }),
    status: 'fail',
    says: /BackoffLimitExceeded/,
  },
  { id: 'CJ06', facts: 'let in', outcome: judgeRefusedLogin({ ...at, run: ran('Complete', [0]) }), status: 'fail' },
  {
    id: 'CJ06',
    facts: 'another exit code',
    outcome: judgeRefusedLogin({ ...at, run: ran('Failed', [1], '', 'PodFailurePolicy') }),
    status: 'fail',
  },
  { id: 'CJ06', facts: 'no run', outcome: judgeRefusedLogin({ ...at, run: undefined }), status: 'fail' },

  { id: 'CJ07', facts: 'healthy', outcome: judgeRetry({ ...at, run: ran('Complete', [75, 0]) }), status: 'pass' },
  {
    id: 'CJ07',
    facts: 'never failed, so nothing was retried',
    outcome: judgeRetry({ ...at, run: ran('Complete', [0]) }),
    status: 'fail',
  },
  { id: 'CJ07', facts: 'not retried', outcome: judgeRetry({ ...at, run: ran('Failed', [75]) }), status: 'fail' },
  {
    id: 'CJ07',
    facts: 'fails with a code that says "do not retry"',
    outcome: judgeRetry({ ...at, run: ran('Complete', [77, 0]) }),
    status: 'fail',
    says: /exit code 77/,
  },
  { id: 'CJ07', facts: 'gave up', outcome: judgeRetry({ ...at, run: ran('Failed', [75, 75, 75]) }), status: 'fail' },

  {
    id: 'CJ08',
    facts: 'healthy',
    outcome: judgeFiring({ run: ran('Complete', [0]), firedAfterMs: 40_000 }),
    status: 'pass',
  },
  {
    id: 'CJ08',
    facts: 'never fires',
    outcome: judgeFiring({ run: undefined, firedAfterMs: 75_000 }),
    status: 'fail',
    says: /no Job/,
  },
  {
    id: 'CJ08',
    facts: 'fires and fails',
    outcome: judgeFiring({ run: ran('Failed', [78]), firedAfterMs: 40_000 }),
    status: 'fail',
    says: /exit code 78/,
  },
];
