import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import test from 'node:test';

const root = resolve(import.meta.dirname, '../..');

/** Runs a package's command with the Node that runs us. */
function run(script: string, ...args: string[]) {
  const done = spawnSync(process.execPath, [resolve(root, 'node_modules', script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status: done.status, output: `${done.stdout}${done.stderr}` };
}

test('lint, format and import boundaries are clean', () => {
  const { status, output } = run('@biomejs/biome/bin/biome', 'ci', '--colors=off', '.');
  assert.equal(status, 0, output);
});

test('the types check', () => {
  const { status, output } = run(
    'typescript/bin/tsc',
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    'node_modules/.cache/types.json',
    // Each checker resolves the libraries' types anew: four on two cores cost twice what one does.
    '--checkers',
    String(Math.max(1, availableParallelism() >> 1)),
  );
  assert.equal(status, 0, output);
});

interface Bilingual {
  readonly en: string;
  readonly zh: string;
}
const isBilingual = (value: unknown): value is Bilingual =>
  typeof value === 'object' && value !== null && 'en' in value && 'zh' in value;

/** Every English–Chinese pair inside a module's exports, with the path that leads to it. */
function* texts(value: unknown, path: string, seen = new Set<unknown>()): Generator<[string, Bilingual]> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (isBilingual(value)) yield [path, value];
  for (const [name, child] of Object.entries(value)) yield* texts(child, `${path}.${name}`, seen);
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

test('every text exists in English and Chinese, with the same placeholders', async () => {
  const catalogues = globSync(
    ['src/**/messages.ts', 'src/**/*-messages.ts', 'src/errors/catalogue.ts', 'src/**/config.ts'],
    {
      cwd: root,
    },
  );
  let count = 0;
  for (const file of catalogues) {
    for (const [path, { en, zh }] of texts(await import(resolve(root, file)), file)) {
      count++;
      assert.ok(typeof en === 'string' && en.trim() !== '', `${path}: English is missing`);
      // A command is the same in every language.
      const isCommand = en === zh && /^(kubectl|npx) /.test(en);
      const hasWords = !isCommand && /\p{L}/u.test(en.replace(/\{\w+\}/g, ''));
      assert.ok(typeof zh === 'string' && (!hasWords || /\p{Script=Han}/u.test(zh)), `${path}: Chinese is missing`);
      assert.deepEqual(placeholders(zh), placeholders(en), `${path}: placeholders differ`);
    }
  }
  assert.ok(count > 40, `only ${count} texts were found: the search is broken`);
});
