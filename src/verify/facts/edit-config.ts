import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { type ConfigFile, configFileIn } from './effective-config.ts';
import { mountedConfigMaps } from './mounted-config.ts';
import { readyApiPods } from './workloads.ts';

export interface EditableConfig {
  readonly file: ConfigFile;
  readonly pods: readonly Pod[];
}

/** The API's configuration file, when it can be edited in place. */
export async function editableConfig(context: CheckContext): Promise<EditableConfig | undefined> {
  const pods = await readyApiPods(context);
  const [first] = pods;
  const file = first === undefined ? undefined : configFileIn(await mountedConfigMaps(context, first));
  return file === undefined || file.immutable ? undefined : { file, pods };
}

/** Puts another text into the file; the check's end puts the present one back. */
export async function editConfig(context: CheckContext, { file, pods }: EditableConfig, text: string): Promise<void> {
  const { namespace } = context.stack;
  const change = { kind: 'configmaps', namespace, name: file.map } as const;
  await context.canaries.change(
    { ...change, patch: { data: { [file.file]: text } }, undo: { data: { [file.file]: file.text } } },
    context.signal,
  );
  await nudge(context, pods);
}

/** Puts the original text back now. */
export async function restoreConfig(context: CheckContext, { file, pods }: EditableConfig): Promise<void> {
  const { cluster, stack, signal } = context;
  await cluster.patch('configmaps', stack.namespace, file.map, { data: { [file.file]: file.text } }, { signal });
  await nudge(context, pods);
}

const nudgeAnnotation = 'journey.example/verify-nudge';

/**
 * The kubelet brings a changed ConfigMap into a Pod when it next syncs that Pod, up to a minute later. Touching an
 * annotation makes it sync now, which changes when the file arrives and nothing else.
 */
async function nudge({ cluster, stack, signal, clock }: CheckContext, pods: readonly Pod[]): Promise<void> {
  const patch = { metadata: { annotations: { [nudgeAnnotation]: String(clock.now()) } } };
  await Promise.all(pods.map((pod) => cluster.patch('pods', stack.namespace, pod.metadata.name, patch, { signal })));
}
