import { spawnSync } from 'node:child_process';
import type { KubectlInvocation } from '../../../src/cluster/kubectl.ts';

/** The kubelet brings a changed ConfigMap into a Pod when it next syncs it, up to a minute later; touched, it syncs now. */
export function nudge({ command, env }: KubectlInvocation): void {
  for (const namespace of ['journey', 'journey-node']) {
    const mark = `journey.example/verify-nudge=${Date.now()}`;
    const args = [...command.args, '--namespace', namespace, 'annotate', 'pods', '--all', '--overwrite', mark];
    // Fails for a Pod that goes meanwhile; the next one reads the new file anyway.
    spawnSync(command.file, args, { env, timeout: 60_000 });
  }
}
