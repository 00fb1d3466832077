import { constants } from 'node:os';
import { after } from 'node:test';
import { stopping } from './local-test-cluster.ts';

const endings: (() => unknown)[] = [];
let ended: Promise<void> | undefined;

/**
 * Does it after the last test of the file; also when the file is told to stop, by `npm test` or Ctrl-C, which without a
 * handler ends it at once and leaves a cluster running. The last is done first.
 *
 * Not by `after` where it arises: within a test that means the end of that.
 */
export function atTheEnd(ending: () => unknown): void {
  endings.unshift(ending);
}

function end(): Promise<void> {
  ended ??= (async () => {
    for (const ending of endings) await ending();
  })();
  return ended;
}

after(end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    // What is being made stops being made, and lets go of its lock.
    stopping.abort();
    end()
      .catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
      .finally(() => process.exit(128 + constants.signals[signal]));
  });
}
