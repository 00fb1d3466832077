import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { baseImageReference, ensureBaseImage } from '../../../src/cluster/local/base-image.ts';
import { localCacheFolder } from '../../../src/cluster/local/local-provider.ts';
import { createTools, findSystemProgram } from '../../../src/cluster/local/tools.ts';
import { want } from '../../support/want.ts';
import { testContext } from '../support/local-test-cluster.ts';

test('the base image is made once, and a shell runs in it', { timeout: 15 * 60_000 }, async (t) => {
  const able = process.getuid?.() === 0 && findSystemProgram('debootstrap', process.env) !== undefined;
  const install = 'apt-get install -y --no-install-recommends debootstrap buildah';
  if (!want(t, able && findSystemProgram('buildah', process.env) !== undefined, 'root, debootstrap, buildah', install))
    return;
  const context = testContext();
  const options = { cacheFolder: localCacheFolder(homedir()) };
  const first = await ensureBaseImage(context, options);
  assert.equal(first.reference, baseImageReference);
  const { mtimeMs } = statSync(first.file);
  assert.deepEqual(await ensureBaseImage(context, options), first);
  assert.equal(statSync(first.file).mtimeMs, mtimeMs);

  const work = mkdtempSync('/var/tmp/journey-base-');
  try {
    const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    const buildah = (...args: string[]) =>
      createTools(context).run('buildah', [...store, ...args], { deadlineMs: 120_000 });
    const container = (await buildah('from', `oci-archive:${first.file}`)).trim();
    assert.match(await buildah('run', '--isolation', 'chroot', container, 'cat', '/etc/debian_version'), /^12\./);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
