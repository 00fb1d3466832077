import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import test from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';

const bin = resolve(import.meta.dirname, '../../bin/journey.mjs');

function journey(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const done = spawnSync(process.execPath, [bin, 'cluster', ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 60_000,
    // No programs at all: whatever this machine has installed, the answer is the same.
    env: { PATH: home, HOME: home, LANG: 'C', JOURNEY_BUNDLES: 'off', ...env },
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

test('status without a cluster says so and exits with 3', (t) => {
  const home = tempFolder(t);
  const json = journey(home, ['status', '--provider', 'kind', '--json']);
  assert.equal(json.code, 3);
  assert.equal(JSON.parse(json.stdout).state, 'absent');
  assert.match(journey(home, ['status', '--provider', 'kind']).stdout, /kind journey: no cluster/);
  assert.match(journey(home, ['status', '--provider', 'kind', '--lang', 'zh']).stdout, /没有集群/);
});

test('down without a cluster is not an error', (t) => {
  const { code, stderr } = journey(tempFolder(t), ['down', '--provider', 'minikube']);
  assert.equal(code, 0);
  assert.match(stderr, /no minikube cluster of ours/);
});

test('up names everything that is missing, in both languages, and exits with 69', (t) => {
  const home = tempFolder(t);
  for (const [lang, title] of [
    ['en', /A cluster cannot be made here yet/],
    ['zh', /此处暂时无法创建集群/],
  ] as const) {
    const { code, stderr } = journey(home, ['up', '--provider', 'kind', '--lang', lang]);
    assert.equal(code, 69);
    assert.match(stderr, title);
    for (const program of ['kind', 'kubectl', 'docker']) assert.match(stderr, new RegExp(`${program}\\n +https://`));
  }
});

for (const [what, args, expected] of [
  ['a provider that does not exist', ['up', '--provider', 'dokcer'], /auto, existing, minikube, kind, local/],
  ['a number of nodes that is none', ['up', '--nodes', 'three'], /--nodes/],
] as const) {
  test(`${what} is refused as a usage error`, (t) => {
    const { code, stderr } = journey(tempFolder(t), args);
    assert.equal(code, 2);
    assert.match(stderr, expected);
  });
}

test('a name that cannot be one is refused before anything is looked at', (t) => {
  const { code, stderr } = journey(tempFolder(t), ['up', '--provider', 'local', '--name', '../x']);
  assert.equal(code, 64);
  assert.match(stderr, /name is \.\.\/x/);
});
