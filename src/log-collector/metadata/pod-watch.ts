import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors/journey-error.ts';
import { Backoff } from '../sinks/backoff.ts';
import { type ApiServer, ApiStatusError, openApi } from './api-client.ts';
import { JsonPick } from './json-pick.ts';
import type { PodIndex } from './pod-index.ts';
import { type ApiPod, podShape } from './pod-metadata.ts';

export interface PodWatchOptions {
  readonly server: ApiServer;
  readonly node: string;
  /** Undefined means all, which needs a ClusterRole; a namespace needs a Role there. */
  readonly namespace: string | undefined;
  readonly index: Pick<PodIndex, 'put' | 'listed' | 'remove'>;
  /** Something changed. */
  readonly changed: () => void;
  /** Told once when it begins to fail, and once when it works again. */
  readonly failing: (reason: string) => void;
  readonly working: () => void;
  readonly backoff?: { readonly firstMs?: number; readonly maxMs?: number };
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiPod & { readonly code?: number };
}

interface ListEnd {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** What the API server has to put together at once; here each Pod is let go before the next comes. */
const pageSize = 500;
const pauseMs = 200;

/**
 * Keeps the index in step with the Pods of one node: lists, then watches from there, and lists again when the server
 * no longer knows the place (410). It only ever adds to what the paths say, so it may fail for as long as it likes.
 */
export async function watchPods(options: PodWatchOptions, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff({ firstMs: 500, maxMs: 30_000, ...options.backoff });
  let version: string | undefined;
  let failed = false;
  while (!signal.aborted) {
    try {
      version ??= await list(options, signal);
      if (failed) options.working();
      failed = false;
      version = await watch(options, version, () => backoff.reset(), signal);
      // A server that ends every watch at once is not to be asked a thousand times a second.
      await sleep(pauseMs, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      // The place in history is gone: list anew, at once.
      const gone = error instanceof ApiStatusError && error.status === 410;
      if (gone && version !== undefined) {
        version = undefined;
        continue;
      }
      if (!failed) options.failing(reasonOf(error));
      failed = true;
      await backoff.pause(signal).catch(() => undefined);
    }
  }
}

function pathOf({ node, namespace }: PodWatchOptions, query: Readonly<Record<string, string>>): string {
  const pods = namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`;
  return `${pods}?${new URLSearchParams({ fieldSelector: `spec.nodeName=${node}`, ...query })}`;
}

/** @returns the resource version of the list. */
async function list(options: PodWatchOptions, signal: AbortSignal): Promise<string> {
  const { server, index, namespace, changed } = options;
  const present = new Set<string>();
  for (let next = ''; ; ) {
    let end: ListEnd | undefined;
    const pick = new JsonPick({
      shape: { metadata: { resourceVersion: true, continue: true }, items: [podShape] },
      element: (pod) => present.add(index.put(pod as ApiPod)),
      complete: (rest) => {
        end = rest as ListEnd;
      },
    });
    const query = { limit: String(pageSize), ...(next === '' ? {} : { continue: next }) };
    for await (const chunk of await openApi(server, pathOf(options, query), signal)) pick.push(chunk);
    if (end === undefined) throw new Error('the list of Pods has no end');
    next = end.metadata.continue ?? '';
    if (next !== '') continue;
    index.listed(present, namespace);
    changed();
    return end.metadata.resourceVersion;
  }
}

/** Follows changes until the server ends the watch, which it does every few minutes. @returns where to go on. */
async function watch(options: PodWatchOptions, from: string, worked: () => void, signal: AbortSignal): Promise<string> {
  const query = { watch: 'true', resourceVersion: from, allowWatchBookmarks: 'true', timeoutSeconds: '240' };
  let version = from;
  const pick = new JsonPick({
    shape: { type: true, object: { ...podShape, code: true } },
    complete(event) {
      const { type, object } = event as WatchEvent;
      if (type === 'ERROR') throw new ApiStatusError(object.code ?? 0, 'watch');
      version = object.metadata.resourceVersion ?? version;
      if (type === 'DELETED') options.index.remove(object);
      else if (type !== 'BOOKMARK') options.index.put(object);
      if (type !== 'BOOKMARK') options.changed();
      worked();
    },
  });
  for await (const chunk of await openApi(options.server, pathOf(options, query), signal)) pick.push(chunk);
  return version;
}
