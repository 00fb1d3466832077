import { resolve } from 'node:path';
import { selectProvider } from '../../cluster/select-provider.ts';
import { say } from '../../i18n/messages.ts';
import { bringUp } from '../../stack/bring-up.ts';
import { buildContext, type ClusterOptions, clusterContext, providerOptions } from '../cluster-context.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';

export interface UpOptions extends ClusterOptions {
  readonly nodes?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly registry?: string;
  readonly images?: 'load' | 'push' | 'present';
  /** Kustomize folder, from where the command is run. */
  readonly overlay?: string;
  readonly json?: boolean;
}

/** `journey up`: from nothing, or from anything in between, to a running stack. The URL goes to stdout. */
export async function up(context: CliContext, options: UpOptions): Promise<number> {
  const { language, stdout, stderr, root } = context;
  const { provider: wanted = 'auto', nodes, timeout = 300, registry, images, overlay, json } = options;
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const provider = await selectProvider(wanted, clusterContext(context, signal), providerOptions(context, options));
    const cluster = await provider.up(nodes === undefined ? {} : { nodes });
    const address = await bringUp({
      cluster,
      root,
      build: buildContext(context, signal),
      language,
      readyDeadlineMs: timeout * 1_000,
      ...(registry === undefined ? {} : { registry }),
      ...(images === undefined ? {} : { images }),
      ...(overlay === undefined ? {} : { overlay: resolve(context.cwd, overlay) }),
    });
    if (json === true) {
      stdout.write(`${JSON.stringify({ provider: cluster.provider, name: cluster.name, ...address })}\n`);
      return exitCodes.ok;
    }
    stderr.write(`${say(language, m.isUp, { provider: cluster.provider, name: cluster.name })}\n`);
    stdout.write(`${address.url}\n`);
    if (address.command !== undefined) stderr.write(`${say(language, m.keepRunning, { command: address.command })}\n`);
    // Minikube and kind put their context where kubectl looks anyway.
    if (cluster.provider === 'local') stderr.write(`${say(language, m.kubectl, { file: cluster.kubeconfig })}\n`);
    stderr.write(`${m.next[language]}\n`);
    return exitCodes.ok;
  });
}
