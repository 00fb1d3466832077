import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { testContext } from '../../../test/cluster/support/local-test-cluster.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { raiseWatchLimits } from './watch-limits.ts';

test('a low limit is raised and told, a higher one left alone, one that cannot be raised told with the command', (t) => {
  const file = join(tempFolder(t), 'max_user_instances');
  const lines: string[] = [];
  writeFileSync(file, '128\n');
  raiseWatchLimits(testContext(lines), file);
  assert.equal(readFileSync(file, 'utf8'), '1024\n');
  assert.match(lines.join('\n'), /^Raised .* from 128 to 1024/);

  writeFileSync(file, '8192\n');
  raiseWatchLimits(testContext(lines), file);
  assert.equal(readFileSync(file, 'utf8'), '8192\n');
  assert.equal(lines.length, 1);

  // A file of the kernel that even root may only read.
  raiseWatchLimits(testContext(lines), '/proc/sys/kernel/ngroups_max_none');
  assert.equal(lines.length, 1, 'a kernel without the limit');
  raiseWatchLimits(testContext(lines), '/proc/sys/kernel/cap_last_cap');
  assert.match(lines[1] ?? '', /could not be raised .* sysctl fs\.inotify\.max_user_instances=1024/);
});
