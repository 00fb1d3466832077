import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelNames, Recognised, recognise } from './level.ts';
import { scanText, TextScan } from './text-scan.ts';

function levelOf(text: string): [format: string, level: string] {
  const bytes = Buffer.from(text);
  const scan = new TextScan();
  scanText(scan, bytes, 0, bytes.length);
  const found = new Recognised();
  recognise(found, bytes, 0, bytes.length, scan.levelAt);
  return [found.format, levelNames[found.level] as string];
}

const table: readonly [text: string, format: string, level: string][] = [
  ['{"level":"error","msg":"x"}', 'json', 'error'],
  ['{"level":30,"time":1,"msg":"pino"}', 'json', 'info'],
  ['{"severity":"WARNING","message":"gcp"}', 'json', 'warn'],
  ['{"log.level":"DEBUG"}', 'json', 'debug'],
  ['{"msg":"no level"}', 'json', ''],
  ['{"level":"error"', 'text', ''],
  ['{"level":null}', 'json', ''],
  ['{"level":"infos"}', 'json', ''],
  ['level=warn msg="x"', 'logfmt', 'warn'],
  ['ts=1 level=info msg="x"', 'logfmt', 'info'],
  ['ts=1 lvl="eror" msg=x', 'logfmt', ''],
  ['ts=1 lvl=eror msg="level=error"', 'logfmt', ''],
  ['severity=critical', 'logfmt', 'fatal'],
  ['toplevel=3', 'text', ''],
  ['sublevel=error', 'text', ''],
  ['level=', 'text', ''],
  ['I1125 06:19:56.224394       1 main.go:12] started', 'klog', 'info'],
  ['E1125 06:19:56.224394       1 main.go:12] broken', 'klog', 'error'],
  ['Error: boom', 'text', ''],
  ['ERROR: boom', 'text', 'error'],
  ['[WARN] low', 'text', 'warn'],
  ['2026-11-25 06:19:56,123 INFO com.example.Main started', 'text', 'info'],
  ['an ERRORS b', 'text', ''],
  ['MY_ERROR x', 'text', ''],
  ['WARNINGx', 'text', ''],
  ['no level here at all', 'text', ''],
  [`${'x'.repeat(70)} ERROR too far in`, 'text', ''],
  ['', 'text', ''],
];

for (const [text, format, level] of table) {
  test(`${JSON.stringify(text.slice(0, 60))} is ${format}${level === '' ? ' without level' : `, ${level}`}`, () => {
    assert.deepEqual(levelOf(text), [format, level]);
  });
}
