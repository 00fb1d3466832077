import assert from 'node:assert/strict';
import test from 'node:test';
import { cgroupRoots } from './cgroups.ts';

test('cgroup v2 has one tree', () => {
  assert.deepEqual(cgroupRoots('proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n'), [
    '/sys/fs/cgroup',
  ]);
});

test('cgroup v1 has one for each controller, and the v2 tree beside them is cleaned too', () => {
  const mounts = [
    'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
    'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
    'cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
  ].join('\n');
  assert.deepEqual(cgroupRoots(mounts), ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified']);
});
