import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { ProviderName } from '../../cluster/cluster-provider.ts';
import { KubectlAccess } from '../../verify/cluster-access/kubectl-access.ts';
import { type OutputFormat, runVerify } from '../../verify/run-verify.ts';
import { defaultStack } from '../../verify/stack.ts';
import { systemClock } from '../../verify/system-clock.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { kubectlOf } from '../kubectl-of.ts';
import { wantsColour } from '../paint.ts';

export interface VerifyOptions {
  readonly only?: string;
  readonly disruptive?: boolean;
  readonly wait?: number;
  readonly strict?: boolean;
  readonly output?: OutputFormat;
  readonly short?: boolean;
  readonly verbose?: boolean;
  readonly list?: boolean;
  readonly kubectl?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly provider?: ProviderName;
  readonly name?: string;
}

/** `journey verify`: judges the stack on a cluster. @throws JourneyError when it cannot be asked (exit code 3). */
export async function verify(context: CliContext, options: VerifyOptions): Promise<number> {
  const { host, stdout, stderr, language, version } = context;
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    return await runVerify({
      openCluster: async () => {
        const kubectl = { command: await kubectlOf(context, options, signal), env: host.env };
        return KubectlAccess.open({ kubectl, tempFolder: tmpdir(), signal });
      },
      stack: defaultStack,
      only: (options.only ?? '').split(',').filter((name) => name.trim() !== ''),
      disruptive: options.disruptive === true,
      list: options.list === true,
      waitMs: (options.wait ?? 0) * 1_000,
      strict: options.strict === true,
      format: options.output ?? 'text',
      style: {
        language,
        color: wantsColour(stdout, host.env),
        unicode: !/^(C|POSIX)$/.test(host.env['LC_ALL'] ?? host.env['LC_CTYPE'] ?? host.env['LANG'] ?? ''),
        verbose: options.verbose === true,
        short: options.short === true,
      },
      journeyVersion: version,
      runId: randomBytes(4).toString('hex'),
      clock: systemClock,
      signal,
      out: (text) => void stdout.write(text),
      err: (text) => void stderr.write(text),
      columns: stderr.isTTY === true ? (stderr.columns ?? 80) : undefined,
    });
  });
}
