import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformance } from './conformance.ts';
import { settingsOf } from './support/open-for-test.ts';

conformance({
  name: 'SQLite',
  async ground(t) {
    const folder = await mkdtemp(join(tmpdir(), 'journey-sqlite-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    return { settings: settingsOf('sqlite', { file: join(folder, 'data', 'journey.sqlite') }) };
  },
});
