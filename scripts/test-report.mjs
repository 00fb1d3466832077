import { relative, resolve } from 'node:path';

const wholeFile = '(the file itself)';
/** How much of a crashed file's output is shown. */
const printedChars = 4_000;
/** Lines of a failure that are shown as it happens. */
const shownLines = 3;
/** What takes long is named, as it is done and at the end, so that somebody does something about it. */
const slowSeconds = 5;

/**
 * Turns the test runner's events into one line a file, every failure in full, every skip with its reason, and a closing
 * line that CI reads: `N passed, N failed[, N skipped]`. Leaves are counted, not suites.
 */
export class TestReport {
  #root;
  #output;
  #files = new Map();

  /** @param {{ root: string, output?: boolean }} options `output`: show what tests print */
  constructor({ root, output = false }) {
    this.#root = root;
    this.#output = output;
  }

  /** @returns {string} what to print now */
  add({ type, data }) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      const tally = this.#tally(data.file);
      tally.printed = (tally.printed + data.message).slice(-printedChars);
      return this.#output ? data.message : '';
    }
    // What a test of a minute has measured.
    if (type === 'test:diagnostic' && data.file !== undefined)
      return `    ${relative(this.#root, data.file)}: ${data.message}\n`;
    if (type === 'test:summary' && data.file !== undefined) {
      const tally = this.#tally(data.file);
      tally.finished = true;
      tally.seconds = data.duration_ms / 1_000;
    }
    if (type !== 'test:pass' && type !== 'test:fail') return '';
    const tally = this.#tally(data.file);
    const error = data.details?.error;
    // The runner speaks of a file itself only when the file reported no test.
    if (data.nesting === 0 && resolve(this.#root, data.name) === data.file) {
      const why = error === undefined ? 'ran no test, or ended the process before any was done' : undefined;
      return this.#fail(data.file, wholeFile, `${why ?? describeExit(error)}\n${tally.printed}`.trimEnd());
    }
    if (data.skip !== undefined || (data.todo !== undefined && data.details?.type !== 'suite')) {
      tally.skips.push(`${data.name}: ${reason(data.skip) ?? reason(data.todo) ?? 'no reason given'}`);
    } else if (type === 'test:fail') {
      if (error?.failureType !== 'subtestsFailed') return this.#fail(data.file, data.name, describe(error));
    } else if (data.details?.type !== 'suite') {
      tally.passed++;
      const seconds = data.details.duration_ms / 1_000;
      if (seconds >= slowSeconds)
        return `✓ ${relative(this.#root, data.file)}: ${data.name} (${Math.round(seconds)} s)\n`;
    }
    return '';
  }

  /**
   * @param {readonly string[]} files every file that was to run
   * @returns {string} the closing report
   */
  close(files) {
    for (const file of files) {
      const { finished, passed, failures, skips } = this.#tally(file);
      if (failures.length > 0) continue;
      if (!finished) this.#fail(file, wholeFile, 'ended, or was ended, before its tests were done');
      else if (passed + skips.length === 0) this.#fail(file, wholeFile, 'ran no test');
    }
    // Counted, because the last line is all that some look at.
    const { passed: ran, failed: broken } = this.#sum();
    if (ran + broken === 0) this.#fail(resolve(this.#root, 'test'), '(the whole run)', 'no test was run');
    const tallies = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = tallies.map(([file, t]) => {
      const skipped = t.skips.length > 0 ? `, ${t.skips.length} skipped` : '';
      const failed = t.failures.length > 0 ? `, ${t.failures.length} failed` : '';
      const slow = t.seconds >= slowSeconds ? `, ${Math.round(t.seconds)} s` : '';
      return `${t.failures.length > 0 ? '✗' : '✓'} ${file} (${t.passed} passed${failed}${skipped}${slow})`;
    });
    for (const [file, { failures }] of tallies) {
      for (const { name, text } of failures) lines.push('', `✗ ${file}: ${name}`, text.replace(/^/gm, '    '));
    }
    const skips = tallies.flatMap(([file, t]) => t.skips.map((skip) => `  - ${file}: ${skip}`));
    if (skips.length > 0) lines.push('', 'skipped:', ...skips);
    const { passed, failed, skipped } = this.#sum();
    lines.push('', `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`, '');
    return lines.join('\n');
  }

  /** Whether at least one test ran and none failed. */
  get ok() {
    const { passed, failed } = this.#sum();
    return passed > 0 && failed === 0;
  }

  #fail(file, name, text) {
    const tally = this.#tally(file);
    tally.failures.push({ name, text });
    // Whole at the end; its beginning now, since the end of a run with clusters may be half an hour away.
    const [first = '', ...more] = text.split('\n').filter((line) => line.trim() !== '');
    const told = [first, ...more.slice(0, shownLines - 1)].map((line) => `    ${line.slice(0, 300)}\n`).join('');
    return `✗ ${relative(this.#root, file)}: ${name}\n${told}`;
  }

  #tally(file) {
    const name = relative(this.#root, file ?? '?');
    let tally = this.#files.get(name);
    if (tally === undefined) {
      tally = { passed: 0, failures: [], skips: [], printed: '', finished: false, seconds: 0 };
      this.#files.set(name, tally);
    }
    return tally;
  }

  #sum() {
    const sum = { passed: 0, failed: 0, skipped: 0 };
    for (const { passed, failures, skips } of this.#files.values()) {
      sum.passed += passed;
      sum.failed += failures.length;
      sum.skipped += skips.length;
    }
    return sum;
  }
}

const reason = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

function describe(error) {
  const cause = error?.cause ?? error;
  return cause?.stack ?? String(cause);
}

function describeExit({ signal, exitCode }) {
  if (signal === undefined && exitCode === undefined) {
    return 'did not end by itself and was ended: something it started is still open; it had printed:';
  }
  return `the process ended with ${signal ? `signal ${signal}` : `exit code ${exitCode}`}; it had printed:`;
}
