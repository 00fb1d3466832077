import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CriLogWriter,
  type CriLogWriterOptions,
  type LogTrouble,
} from '../../../src/supervisor/logs/cri-log-writer.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { want } from '../../support/want.ts';

function writer(t: TestContext, options: Partial<CriLogWriterOptions> = {}) {
  const file = join(tempFolder(t), 'pods/journey_api_1/api/0.log');
  const troubles: LogTrouble[] = [];
  let second = 1_800_000_000n;
  const log = new CriLogWriter({
    file,
    maxBytes: 10_000_000,
    maxFiles: 5,
    now: () => second * 1_000_000_000n,
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  return { log, file, troubles, tick: () => second++ };
}

/** Content of every record in a log's text. */
const contents = (text: string): string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => /^\S+Z (?:stdout|stderr) [FP] (.*)$/.exec(line)?.[1] ?? `not a record: ${line}`);

test('both streams of a real process land in one file as records, last words included', async (t) => {
  const { log, file } = writer(t);
  const script = "process.stdout.write('out 1\\nout 2\\n'); process.stderr.write('err 1\\nlast words')";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  await Promise.all([log.drain('stdout', child.stdout), log.drain('stderr', child.stderr)]);
  await log.close();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').sort();
  assert.deepEqual(lines, [
    '2027-01-15T08:00:00Z stderr F err 1',
    '2027-01-15T08:00:00Z stderr P last words',
    '2027-01-15T08:00:00Z stdout F out 1',
    '2027-01-15T08:00:00Z stdout F out 2',
  ]);
});

test('a line is told of when it is in the file, with the time it has there', async (t) => {
  const told: { place: string; text: string }[] = [];
  const { log, file, tick } = writer(t, {
    onLine: (stream, { content }, time) =>
      told.push({ place: `${time} ${stream} F ${content}\n`, text: readFileSync(file, 'utf8') }),
  });
  const source = new PassThrough();
  const drained = log.drain('stdout', source);
  for (const line of ['one\ntwo\n', 'three\n']) {
    source.write(line);
    await until('it is read', () => source.readableLength === 0);
    tick();
  }
  source.end();
  await drained;
  await log.close();
  assert.equal(told.length, 3);
  for (const { place, text } of told) assert.ok(text.includes(place), `${place} in ${text}`);
});

test('rotation keeps every line up to the limit of files: newest plain, older ones compressed, oldest gone', async (t) => {
  const { log, file, tick, troubles } = writer(t, { maxBytes: 1_000, maxFiles: 4 });
  const source = new PassThrough();
  const drained = log.drain('stdout', source);
  for (let i = 0; i < 200; i++) {
    tick();
    source.write(`line ${i} ${'x'.repeat(60)}\n`);
    await until('the line is written', () => source.readableLength === 0 || undefined);
  }
  source.end();
  await drained;
  await log.close();
  const folder = join(file, '..');
  const names = readdirSync(folder).sort();
  assert.match(names.join(' '), /^0\.log 0\.log\.\d{8}-\d{6}\.gz 0\.log\.\d{8}-\d{6}\.gz 0\.log\.\d{8}-\d{6}$/);
  const texts = [...names.slice(1), '0.log'].map((name) => readFileSync(join(folder, name)));
  const kept = texts.flatMap((bytes, i) => contents((i < 2 ? gunzipSync(bytes) : bytes).toString()));
  const numbers = kept.map((line) => Number(line.split(' ')[1]));
  assert.equal(numbers.at(-1), 199);
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, i) => 200 - numbers.length + i),
    'a gap or a repetition',
  );
  assert.ok(numbers.length >= 30);
  assert.deepEqual(troubles, []);
});

test('two rotations within one second do not overwrite each other', async (t) => {
  const { log, file } = writer(t, { maxBytes: 100 });
  const source = new PassThrough();
  for (let i = 0; i < 20; i++) source.write(`line ${i} ${'x'.repeat(60)}\n`);
  source.end();
  await log.drain('stdout', source);
  await log.close();
  const texts = readdirSync(join(file, '..')).map((name) => readFileSync(join(file, '..', name), 'utf8'));
  assert.equal(texts.flatMap(contents).length, 20);
});

test('what a kill left half-compressed is cleared away at the next rotation', async (t) => {
  const { log, file, tick } = writer(t, { maxBytes: 50 });
  const folder = join(file, '..');
  mkdirSync(folder, { recursive: true });
  for (const name of ['0.log.20200101-000000.tmp', '0.log.20200102-000000', '0.log.20200102-000000.gz']) {
    symlinkSync('/dev/null', join(folder, name));
  }
  const source = new PassThrough();
  const drained = log.drain('stdout', source);
  source.end(`${'x'.repeat(80)}\n`);
  tick();
  await drained;
  await log.close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => /2020/.test(name)),
    ['0.log.20200102-000000.gz'],
  );
});

test('a program faster than the disk waits; it is not buffered without bound', async (t) => {
  const { log, file } = writer(t, { maxBytes: 10 ** 9 });
  // 64 MiB as fast as it can, then the time it took to be rid of it.
  const script =
    "const b = Buffer.alloc(1 << 20, 'y'); b[b.length - 1] = 10; for (let i = 0; i < 64; i++) require('fs').writeSync(1, b)";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  await log.drain('stdout', child.stdout);
  clearInterval(sampler);
  await log.close();
  assert.equal(statSync(file).size > 64 * 2 ** 20, true);
  assert.ok(peak - before < 48 * 2 ** 20, `grew by ${Math.round((peak - before) / 2 ** 20)} MiB`);
});

test('a full disk is said once, the program is drained all the same, and recovery counts what was lost', async (t) => {
  if (!want(t, existsSync('/dev/full'), '/dev/full', 'run it on Linux')) return;
  const { log, file, troubles } = writer(t);
  mkdirSync(join(file, '..'), { recursive: true });
  symlinkSync('/dev/full', file);
  const source = new PassThrough();
  const drained = log.drain('stdout', source);
  source.write('lost 1\n');
  await until('it is said', () => troubles.length > 0);
  source.write('lost 2\nlost 3\n');
  await until('it is drained', () => source.readableLength === 0);
  rmSync(file);
  let written = 3;
  await until('a line gets through', () => {
    source.write('kept\n');
    written++;
    return troubles.length > 1;
  });
  source.end('last\n');
  written++;
  await drained;
  await log.close();
  assert.match(troubles[0]?.kind === 'failing' ? troubles[0].reason : '', /ENOSPC/);
  assert.equal(troubles.length, 2);
  assert.ok(troubles[1]?.kind === 'recovered' && troubles[1].lostLines >= 1);
  const lines = contents(readFileSync(file, 'utf8'));
  assert.equal(lines.at(-1), 'last');
  assert.equal(lines.length + troubles[1].lostLines, written, 'every line is in the file or counted as lost');
});

test('a folder that vanishes is made again', async (t) => {
  const { log, file } = writer(t, { maxBytes: 10 });
  rmSync(join(file, '../..'), { recursive: true, force: true });
  const source = new PassThrough();
  source.end('hello\n');
  await log.drain('stdout', source);
  await log.close();
  assert.ok(existsSync(join(file, '..')));
});
