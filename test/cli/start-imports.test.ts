import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { build } from 'esbuild';
import { repository } from '../support/bundles.ts';

/** Every file that these load at once, and not only when something asks for it. */
async function loadedBy(...files: readonly string[]): Promise<Set<string>> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: files.map((file) => join(repository, file)),
    outdir: join(repository, 'nowhere'),
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    treeShaking: true,
  });
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of metafile.inputs[file]?.imports ?? []) if (kind === 'import-statement') load(path);
  };
  for (const file of files) load(file);
  return loaded;
}

test('the command line and start load nothing of clusters, nor a parser or schema: the supervisor would keep it', async () => {
  const loaded = await loadedBy('src/cli/main.ts', 'src/cli/commands/start.ts');
  assert.ok(loaded.has('src/supervisor/supervisor.ts') && loaded.has('src/cli/logs-command.ts'));
  // Names and texts, for --help; a look whether a file needs the parser.
  const harmless = ['src/cluster/cluster-provider.ts', 'src/config/sets-nothing.ts'];
  const heavy = [...loaded].filter((file) => /^src\/(cluster|stack|verify|load|log-collector|config)\//.test(file));
  assert.deepEqual(
    heavy.filter((file) => !harmless.includes(file)),
    [],
  );
  assert.deepEqual(
    [...loaded].filter((file) => /^(yaml|typebox)(\/|$)/.test(file)),
    [],
  );
});
