import type { Kubectl } from '../cluster/kubectl.ts';
import type { List } from '../cluster/objects.ts';
import type { Language } from '../i18n/language.ts';
import { say } from '../i18n/messages.ts';
import type { Manifest } from './manifest.ts';
import { stackMessages } from './messages.ts';
import { ownerLabel, stackNamespaces } from './stack-layout.ts';

/** Kinds of ours that live outside namespaces. */
const clusterKinds =
  'clusterroles.rbac.authorization.k8s.io,clusterrolebindings.rbac.authorization.k8s.io,priorityclasses.scheduling.k8s.io,validatingadmissionpolicies.admissionregistration.k8s.io,validatingadmissionpolicybindings.admissionregistration.k8s.io';

export interface TakeDownOptions {
  readonly kubectl: Kubectl;
  readonly language: Language;
  readonly report: (line: string) => void;
  /** Longest wait for the namespaces to be gone. Default 3 minutes. */
  readonly deadlineMs?: number;
}

/**
 * Removes the stack from a cluster and leaves the cluster: our two namespaces if they carry our label, with everything
 * in them, the data too, and our few objects outside namespaces.
 *
 * @returns whether anything was there. @throws JourneyError `command-timeout` when a namespace does not go.
 */
export async function takeDown({ kubectl, language, report, deadlineMs = 180_000 }: TakeDownOptions): Promise<boolean> {
  const selector = ['--selector', `${ownerLabel.name}=${ownerLabel.value}`];
  const found = await kubectl.json<List<Manifest>>(['get', 'namespaces', ...selector]);
  const names = stackNamespaces.filter((name) => found?.items.some(({ metadata }) => metadata.name === name));
  if (names.length > 0) {
    report(say(language, stackMessages.removing, { namespaces: names.join(', ') }));
    const wait = ['--wait=true', `--timeout=${Math.round(deadlineMs / 1000)}s`, '--ignore-not-found'];
    await kubectl.run(['delete', 'namespaces', ...names, ...wait], { deadlineMs: deadlineMs + 10_000 });
  }
  const outside = await kubectl.run(['delete', clusterKinds, ...selector, '--ignore-not-found', '--output', 'name']);
  // Where there is nothing it prints "No resources found".
  const any = names.length > 0 || outside.includes('/');
  report(say(language, any ? stackMessages.removed : stackMessages.nothingThere));
  return any;
}
