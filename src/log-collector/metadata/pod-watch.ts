import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors/journey-error.ts';
import { Backoff } from '../sinks/backoff.ts';
import { type ApiServer, ApiStatusError, openApi } from './api-client.ts';
import type { PodIndex } from './pod-index.ts';
import type { ApiPod } from './pod-metadata.ts';

export interface PodWatchOptions {
  readonly server: ApiServer;
  readonly node: string;
  /** Undefined means all, which needs a ClusterRole; a namespace needs a Role there. */
  readonly namespace: string | undefined;
  readonly index: Pick<PodIndex, 'replace' | 'put' | 'remove'>;
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

/** A Pod is some 10 kB of JSON and more when parsed: a whole node at once would be most of a heap of 28 MiB. */
const pageSize = 50;
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
  const pods: ApiPod[] = [];
  for (let next = ''; ; ) {
    const query = { limit: String(pageSize), ...(next === '' ? {} : { continue: next }) };
    const chunks: Buffer[] = [];
    for await (const chunk of await openApi(options.server, pathOf(options, query), signal)) chunks.push(chunk);
    const page = JSON.parse(Buffer.concat(chunks).toString()) as {
      metadata: { resourceVersion: string; continue?: string };
      items: ApiPod[];
    };
    pods.push(...page.items);
    next = page.metadata.continue ?? '';
    if (next !== '') continue;
    options.index.replace(pods, options.namespace);
    options.changed();
    return page.metadata.resourceVersion;
  }
}

/** Follows changes until the server ends the watch, which it does every few minutes. @returns where to go on. */
async function watch(options: PodWatchOptions, from: string, worked: () => void, signal: AbortSignal): Promise<string> {
  const query = { watch: 'true', resourceVersion: from, allowWatchBookmarks: 'true', timeoutSeconds: '240' };
  const body = await openApi(options.server, pathOf(options, query), signal);
  let version = from;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      const { type, object } = JSON.parse(rest.toString('utf8', 0, end)) as WatchEvent;
      rest = rest.subarray(end + 1);
      if (type === 'ERROR') throw new ApiStatusError(object.code ?? 0, 'watch');
      version = object.metadata.resourceVersion ?? version;
      if (type === 'DELETED') options.index.remove(object);
      else if (type !== 'BOOKMARK') options.index.put(object);
      if (type !== 'BOOKMARK') options.changed();
      worked();
    }
  }
  return version;
}
