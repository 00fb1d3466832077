import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { createMissingConfigFiles } from '../../src/cli/create-missing-config-files.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { dataFolder } from '../../src/supervisor/folder/data-folder.ts';
import { testHost } from '../supervisor/start-supervisor.ts';
import { repository } from '../support/bundles.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = { root: repository, host: testHost(), language: 'en' } as const;

test('a missed deadline is told apart from a folder that cannot be written, and the same again makes the files', async (t) => {
  const root = tempFolder(t);
  const folder = dataFolder(root);
  // No Node starts within a millisecond.
  await assert.rejects(createMissingConfigFiles(folder, context, 1), (error) => {
    assert.ok(isJourneyError(error, 'config-create-late'), String(error));
    assert.equal(error.kind.exitCode, 75);
    const where = `${join(root, 'config')} had not ended after 0.001 s`;
    assert.ok(error.message.includes(where) && error.message.includes(`config create --dir ${root}`), error.message);
    return true;
  });
  await createMissingConfigFiles(folder, context);
  assert.ok(existsSync(folder.configFile('api')));
});

test('a folder that cannot be written is called that', async (t) => {
  const root = tempFolder(t);
  writeFileSync(join(root, 'config'), 'a file in its place');
  await assert.rejects(createMissingConfigFiles(dataFolder(root), context), { code: 'folder-not-writable' });
});
