import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { cleanupJobConfigSchema } from '../../src/cleanup-job/config.ts';
import { settingFlags } from '../../src/cleanup-job/flags.ts';
import { cleanupCommandsForAcl } from '../../src/cleanup-job/redis/acl.ts';
import { Tally } from '../../src/cleanup-job/tally.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const pages = ['en', 'zh'].map((language) => ({
  language,
  text: readFileSync(join(import.meta.dirname, `../../docs/${language}/cleanup-job.md`), 'utf8'),
}));

for (const { language, text } of pages) {
  test(`${language}: the page lists exactly the counters of the summary`, () => {
    const listed = [...text.matchAll(/^\| `counts\.(\w+)`/gm)].map(([, name]) => name);
    assert.deepEqual(listed, Object.keys(new Tally().read()));
  });

  test(`${language}: the page lists exactly the settings, flags and defaults there are`, () => {
    const rows = [...text.matchAll(/^\| `([\w.]+)` \| `(--[\w-]+)` \| `(.+)` \|$/gm)].map((row) => row.slice(1));
    const real = settingFlags.map(({ flag, setting }) => [setting.path, `--${flag}`, JSON.stringify(setting.default)]);
    assert.deepEqual(rows, real);
  });

  test(`${language}: the ACL line grants exactly what the test of the ACL user grants`, () => {
    const line = /^ACL SETUSER .*$/m.exec(text)?.[0] ?? '';
    assert.deepEqual(
      line.split(' ').filter((word) => word.startsWith('+')),
      cleanupCommandsForAcl.map((c) => `+${c}`),
    );
  });

  test(`${language}: the configuration shown is one`, () => {
    const [, fileText] = /^```yaml\n([^`]*)^```/m.exec(text) ?? [];
    assert.ok(fileText);
    const { value } = parseConfig(cleanupJobConfigSchema, { fileName: 'docs', fileText, env: {} });
    assert.equal(value.cleanup.retention.length, 2);
  });
}

test('both pages have the same structure', () => {
  const shape = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^(#|\||```|\d\.)/.test(line))
      .map((line) => (/^(#+|\||```|\d\.)/.exec(line) ?? [''])[0]);
  const [en, zh] = pages.map(({ text }) => shape(text));
  assert.deepEqual(zh, en);
});
