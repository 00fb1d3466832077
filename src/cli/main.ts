import { homedir, hostname } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { detectLanguage } from '../i18n/language.ts';
import type { CliContext } from './context.ts';
import { runCli } from './run-cli.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const args = process.argv.slice(2);
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const context: CliContext = {
  args,
  host: {
    pid: process.pid,
    execPath: process.execPath,
    platform: process.platform,
    env: process.env,
    hostname: hostname(),
    kill: (pid, signal) => void process.kill(pid, signal),
    wallMs: Date.now,
    monotonicNs: () => process.hrtime.bigint(),
  },
  machine: { home: homedir(), userId: process.getuid?.(), arch: process.arch },
  cwd: process.cwd(),
  root,
  version: packageJson.version,
  language: detectLanguage({ flag: flagValue('--lang'), env: process.env }),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onStopSignal(listener) {
    for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      for (const signal of stopSignals) process.off(signal, listener);
    };
  },
  uptimeMs: () => performance.now(),
};

// A terminal that goes away (EIO) or a reader that has seen enough (`journey logs | head`) is no failure of ours.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

process.exitCode = await runCli(context);

/** The language must be known before anything is parsed: errors and help are in it. */
function flagValue(name: string): string | undefined {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  return at === -1 ? undefined : args[at]?.startsWith(`${name}=`) ? args[at].slice(name.length + 1) : args[at + 1];
}
