import { JourneyError } from '../../errors/journey-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import { selectorOf } from './label-selector.ts';
import { type PodWish, podFilter, type Verdict } from './pod-filter.ts';
import { PodIndex } from './pod-index.ts';
import type { PodInfo } from './pod-metadata.ts';
import { watchPods } from './pod-watch.ts';

export interface Metadata {
  /** What the collector asks about a container; every answer may be "not known". */
  readonly answers: MetadataAnswers;
  /** Pods known, and whether a complete list has been had. */
  readonly index: { readonly size: number; readonly synced: boolean };
  /** Begins to watch; resolves when `signal` has ended that. */
  watch(changed: () => void, signal: AbortSignal): Promise<void>;
  /** Takes over another filter. @throws JourneyError `config-invalid` when a selector is none. */
  refilter(filter: CollectorConfig['filter']): void;
}

export interface MetadataAnswers {
  readonly infoOf: (instance: ContainerInstance) => PodInfo | undefined;
  readonly hasEnded: (instance: ContainerInstance) => boolean;
  readonly verdict: (instance: ContainerInstance) => Verdict;
}

export interface ConnectMetadataOptions {
  readonly config: CollectorConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @throws JourneyError `config-invalid` when there is no API server to ask, or a selector is none. */
export function connectMetadata({ config, env, clock, logger }: ConnectMetadataOptions): Metadata {
  const { metadata, filter } = config;
  const node = env['NODE_NAME'];
  if (node === undefined) throw invalid('metadata.source', 'NODE_NAME is not set (downward API, spec.nodeName)');
  const url = metadata.apiUrl === '' ? inClusterUrl(env) : metadata.apiUrl;
  if (url === undefined) throw invalid('metadata.apiUrl', 'this is not a Pod, so the address cannot be guessed');
  const index = new PodIndex(clock.monotonic);
  let wish = wishOf(filter);
  let namespaces = filter.includeNamespaces;
  let others = new AbortController();
  const decide = podFilter({ wish: () => wish ?? everyPod, index, now: clock.monotonic });
  return {
    index,
    answers: {
      infoOf: ({ uid }) => index.get(uid)?.info,
      hasEnded: (instance) => index.hasEnded(instance),
      verdict: (instance) => (wish === undefined ? 'read' : decide(instance)),
    },
    refilter(next) {
      wish = wishOf(next);
      if (next.includeNamespaces.join() === namespaces.join()) return;
      namespaces = next.includeNamespaces;
      if (namespaces.length > 0) index.keepOnly(namespaces);
      others.abort();
    },
    async watch(changed, signal) {
      const { tokenFile, caFile } = metadata;
      while (!signal.aborted) {
        others = new AbortController();
        const ended = AbortSignal.any([signal, others.signal]);
        const watches = (namespaces.length > 0 ? namespaces : [undefined]).map((namespace) =>
          watchPods(
            {
              server: { url, tokenFile, caFile },
              node,
              namespace,
              index,
              changed,
              failing: (reason) => logger.warn({ url, namespace, reason }, 'no metadata from the API; records go on'),
              working: () => logger.info({ url, namespace }, 'metadata from the API again'),
            },
            ended,
          ),
        );
        await Promise.all(watches);
      }
    },
  };
}

const everyPod: PodWish = { labels: () => true, annotations: () => true, patienceMs: 0 };

/** What is asked of Pods; `undefined` if nothing is. */
function wishOf({ labelSelector, annotationSelector, unknownPodMs }: CollectorConfig['filter']): PodWish | undefined {
  if (labelSelector === '' && annotationSelector === '') return undefined;
  return {
    labels: selectorOf('filter.labelSelector', labelSelector),
    annotations: selectorOf('filter.annotationSelector', annotationSelector),
    patienceMs: unknownPodMs,
  };
}

function inClusterUrl(env: ConnectMetadataOptions['env']): string | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? 443}`;
}

function invalid(source: string, reason: string): JourneyError<'config-invalid'> {
  return new JourneyError('config-invalid', { source, reason });
}
