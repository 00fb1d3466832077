import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { bundledMain, compileCache } from '../support/bundles.ts';
import { tempFolder } from '../support/temp-folder.ts';

const bin = resolve(import.meta.dirname, '../../bin/journey.mjs');
bundledMain('api');

function journey(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH, HOME } = process.env;
  const done = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 60_000,
    env: { PATH, HOME, NODE_COMPILE_CACHE: compileCache, LANG: 'C', ...env },
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

test('--version is data, on stdout', () => {
  assert.deepEqual(journey(['--version']), { code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});

for (const [language, env, expected] of [
  ['English', {}, [/^Usage: journey/, /Commands:\n {2}start/, /Exit codes: 0 done/]],
  ['Chinese', { LANG: 'zh_CN.UTF-8' }, [/^用法：? ?journey/, /命令：\n {2}start/, /退出码：0 完成/]],
] as const) {
  test(`--help is in ${language}, names every command and the exit codes`, () => {
    const { code, stdout } = journey(['--help'], env);
    assert.equal(code, 0);
    for (const pattern of expected) assert.match(stdout, pattern);
    for (const command of ['start', 'cleanup', 'status', 'logs', 'config'])
      assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
  });
}

test('--lang wins over the environment', () => {
  assert.match(journey(['start', '--lang', 'zh', '--help'], { LANG: 'en_US.UTF-8' }).stdout, /API 端口/);
});

for (const [what, args, env, expected] of [
  ['an unknown command', ['statsu'], {}, /no command 'statsu'\n {2}Did you mean: status\n {2}Help: npx journey --help/],
  [
    'an unknown command in Chinese',
    ['statsu'],
    { JOURNEY_LANG: 'zh' },
    /没有 “statsu” 这个命令\n {2}你是不是想输入：status/,
  ],
  [
    'an unknown option',
    ['start', '--prot', '1'],
    {},
    /no option '--prot'\n {2}Did you mean: --port\n {2}Help: npx journey start --help/,
  ],
  ['an option without its value', ['start', '--port'], {}, /'--port <port>' wants a value/],
  [
    'a port that is none',
    ['start', '--port', '70000'],
    {},
    /^✗ --port cannot be '70000': a port is a whole number from 0 to 65535\n/,
  ],
  ['a mode that is none', ['cleanup', '--mode', 'all'], {}, /--mode cannot be 'all': one of report, expire, unlink/],
  [
    'a program that is none',
    ['logs', 'redis'],
    {},
    /program cannot be 'redis': one of api, log-collector, cleanup-job/,
  ],
  [
    'a value that is none, in Chinese',
    ['logs', '-n', 'x'],
    { JOURNEY_LANG: 'zh' },
    /^✗ --lines 不能是 “x”：0 到 10000 的整数\n/,
  ],
  ['an argument that is missing', ['logs', 'explain'], {}, /is missing\n {2}Help: npx journey logs explain --help/],
  ['no command at all', [], {}, /^Usage: journey .*130 interrupted\n$/s],
  ['an argument too many', ['status', 'now'], {}, /more arguments than this command takes/],
  [
    'a store that is none',
    ['start', '--store', 'mongodb://x'],
    {},
    /--store mongodb:\/\/x: give sqlite, or an address/,
  ],
] as const) {
  test(`${what} is a usage error with the way out`, () => {
    const { code, stdout, stderr } = journey(args, env);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  });
}

test('logs --where names places, and logs raw prints the very bytes there, also after rotation and compression', (t) => {
  const dir = tempFolder(t);
  const folder = join(dir, 'logs/pods', 'journey_api-x2c4d_uid', 'api');
  mkdirSync(folder, { recursive: true });
  const at = '2026-11-25T06:00:00.5Z';
  const pieces = [`${at} stdout P one \n`, `${at} stderr F between\n`, `${at} stdout F half €\n`];
  const file = join(folder, '0.log');
  writeFileSync(file, `${at} stdout F first\n${pieces.join('')}`);
  const { code, stdout, stderr } = journey(['logs', 'api', '--where', '--dir', dir]);
  assert.equal(code, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.deepEqual(
    lines.map(([, stream, text]) => [stream, text]),
    [
      ['stdout', 'first'],
      ['stderr', 'between'],
      ['stdout', 'one half €'],
    ],
  );
  const place = lines[2]?.[0] ?? '';
  assert.match(place, /^journey_api-x2c4d_uid\/api\/0\/[0-9a-f]{16}@38$/);
  const whole = `${pieces[0]}${pieces[2]}`;
  assert.equal(journey(['logs', 'raw', place, '--dir', dir]).stdout, whole);
  writeFileSync(join(folder, '0.log.20261125-060000.gz'), gzipSync(readFileSync(file)));
  writeFileSync(file, `${at} stdout F another file\n`);
  assert.equal(journey(['logs', 'raw', place, '--root', join(dir, 'logs/pods')]).stdout, whole);
  for (const nowhere of ['../../etc/passwd', place.replace(/@.*/, '@99999'), place.replace('api-x', 'api-y')]) {
    const refused = journey(['logs', 'raw', nowhere, '--dir', dir]);
    assert.equal(refused.code, 66);
    assert.match(refused.stderr, /is no place in/);
  }
});

test('logs explain says of a line what becomes of it, and of a file where it is from', (t) => {
  const line = '2026-11-25T06:00:00.5Z stdout P {"level":"warn"}';
  const said = journey(['logs', 'explain', line]);
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stdout, /cri line of 2026-11-25T06:00:00\.5Z on stdout, its text in the form json; a piece/);
  assert.match(said.stdout, /begun on stdout is not ended/);
  const folder = join(tempFolder(t), 'shop_api-0_uid', 'main');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, '3.log.20261125-060000.gz');
  writeFileSync(file, gzipSync(`${line.replace(' P ', ' F ')}\nrubbish\n`));
  const zh = journey(['logs', 'explain', file, '--lang', 'zh']);
  assert.match(zh.stdout, /^来自 shop\/api-0，容器 main，重启次数 3，已轮转的文件$/m);
  const { instance, lines, records } = JSON.parse(journey(['logs', 'explain', file, '--json']).stdout);
  assert.deepEqual([instance.restart, lines.length, records[0].level, records[1].flags], [3, 2, 'warn', ['malformed']]);
  const folderIsNone = journey(['logs', 'explain', folder]);
  assert.equal(folderIsNone.code, 66);
  assert.match(folderIsNone.stderr, /cannot be read/);
});

test('where nothing runs, status and logs --follow say so with exit code 3, and logs with none', (t) => {
  const dir = tempFolder(t);
  for (const args of [['status'], ['status', '--json'], ['logs', '--follow']]) {
    const { code, stdout, stderr } = journey([...args, '--dir', dir]);
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /Nothing runs here\n.*npm start/);
  }
  const { code, stderr } = journey(['logs', '--dir', dir]);
  assert.equal(code, 0);
  assert.match(stderr, /no logs in/);
});

test('a disk that is full leaves no configuration file cut short, which would count as one', (t) => {
  const dir = tempFolder(t);
  // The kernel's limit of a file's size, in blocks: a template is longer.
  const limited = ['-c', 'ulimit -f 1; exec "$0" "$@"', process.execPath, bin];
  const args = [...limited, 'config', 'create', '--dir', dir];
  const done = spawnSync('sh', args, { encoding: 'utf8', env: { ...process.env, JOURNEY_LANG: 'en' } });
  assert.equal(done.status, 73, done.stderr);
  assert.match(done.stderr, /cannot be written.*EFBIG/s);
  const left = readdirSync(join(dir, 'config'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.includes('.'),
  );
  assert.deepEqual(left, []);
});

test('config create writes every file once, in the language asked for, and config shows what is in force', (t) => {
  const dir = tempFolder(t);
  assert.equal(journey(['config', 'create', '--dir', dir, '--lang', 'zh']).code, 0);
  const file = join(dir, 'config/api/config.yaml');
  assert.match(readFileSync(file, 'utf8'), /^## api 的配置/);
  writeFileSync(file, 'limits:\n  maxKeyBytes: 99\n');
  const again = journey(['config', 'create', '--dir', dir]);
  assert.match(again.stderr, /kept .*api\/config\.yaml/);
  assert.equal(readFileSync(file, 'utf8'), 'limits:\n  maxKeyBytes: 99\n', 'an existing file was overwritten');

  const cleanup = journey(['config', 'cleanup-job', '--dir', dir]).stdout;
  assert.match(cleanup, /cleanup\.mode +"expire" {2}\(file\)/);
  assert.equal(cleanup.match(/\(file\)/g)?.length, 1, 'more than that is set');

  const shown = journey(['config', 'api', '--dir', dir], { JOURNEY_LOG_LEVEL: 'debug' });
  assert.match(shown.stdout, /limits\.maxKeyBytes +99 {2}\(file\)/);
  assert.match(shown.stdout, /logLevel +"debug" {2}\(environment\)/);
  const json = JSON.parse(journey(['config', '--json', '--dir', dir]).stdout) as Record<
    string,
    { settings: { path: string; source: string }[] }
  >;
  assert.deepEqual(Object.keys(json), ['api', 'log-collector', 'cleanup-job']);
  assert.equal(json['api']?.settings.find(({ path }) => path === 'limits.maxKeyBytes')?.source, 'file');

  writeFileSync(file, 'limits:\n  maxKeyByte: 99\n');
  const refused = journey(['config', '--dir', dir]);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /unknown key 'limits\.maxKeyByte'; did you mean 'limits\.maxKeyBytes'/);
});

test('cleanup works without a running stack, exits with the job’s code, and leaves its log for the collector', (t) => {
  const dir = join(tempFolder(t), 'new');
  const good = journey(['cleanup', '--json', '--dir', dir, '--mode', 'report']);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stderr, /no stack runs in/);
  const run = JSON.parse(good.stdout) as { pod: string; podUid: string; summary: { mode: string } };
  assert.equal(run.summary.mode, 'report');
  assert.ok(existsSync(join(dir, 'logs/pods', `journey_${run.pod}_${run.podUid}`, 'cleanup-job/0.log')));
  assert.match(journey(['logs', 'cleanup-job', '-n', '1', '--dir', dir]).stdout, /"msg":"clean-up finished"/);

  mkdirSync(join(dir, 'config/cleanup-job'), { recursive: true });
  writeFileSync(join(dir, 'config/cleanup-job/config.yaml'), 'cleanup: {mode: sometimes}\n');
  const bad = journey(['cleanup', '--dir', dir]);
  assert.equal(bad.code, 78);
  assert.match(bad.stderr, /failed \(exit code 78\): .*sometimes/);
});
