// One line a file, every failure in full, every skip with its reason, and a closing line that CI reads.
import { relative } from 'node:path';

export default async function* report(source) {
  const files = new Map();
  const failures = [];
  const skips = [];
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      if (process.env.JOURNEY_TEST_OUTPUT) yield data.message;
      continue;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isFile = data.nesting === 0 && data.name === data.file;
    const isSuite = data.details?.type === 'suite' || isFile;
    const file = relative(process.cwd(), data.file ?? '?');
    const tally = files.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    files.set(file, tally);
    if (data.skip !== undefined || data.todo !== undefined) {
      if (isSuite && data.skip === undefined) continue;
      tally.skipped++;
      skips.push(`${file}: ${data.name}: ${data.skip || data.todo || 'no reason given'}`);
    } else if (type === 'test:fail') {
      const inner = data.details?.error?.failureType === 'subtestsFailed';
      if (inner) continue;
      tally.failed++;
      failures.push({ file, name: data.name, error: data.details?.error });
      yield `✗ ${file}: ${data.name}\n`;
    } else if (!isSuite) {
      tally.passed++;
    }
  }
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [file, t] of files) {
    for (const k of Object.keys(sum)) sum[k] += t[k];
    yield `${t.failed > 0 ? '✗' : '✓'} ${file} (${t.passed}${t.skipped > 0 ? `, ${t.skipped} skipped` : ''})\n`;
  }
  for (const { file, name, error } of failures) {
    const cause = error?.cause ?? error;
    yield `\n✗ ${file}: ${name}\n${(cause?.stack ?? String(cause)).replace(/^/gm, '    ')}\n`;
  }
  if (skips.length > 0) yield `\nskipped:\n${skips.map((s) => `  - ${s}\n`).join('')}`;
  yield `\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}\n`;
}
