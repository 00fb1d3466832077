import { JourneyError } from '../../errors/journey-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config.ts';
import type { ContainerInstance } from '../record/source-label.ts';
import { parseSelector } from './label-selector.ts';
import { podFilter, type Verdict } from './pod-filter.ts';
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
  const filtering = filter.labelSelector !== '' || filter.annotationSelector !== '';
  const decide = podFilter({
    labels: selector('filter.labelSelector', filter.labelSelector),
    annotations: selector('filter.annotationSelector', filter.annotationSelector),
    index,
    patienceMs: filter.unknownPodMs,
    now: clock.monotonic,
  });
  const namespaces = filter.includeNamespaces.length > 0 ? filter.includeNamespaces : [undefined];
  return {
    index,
    answers: {
      infoOf: ({ uid }) => index.get(uid)?.info,
      hasEnded: (instance) => index.hasEnded(instance),
      verdict: filtering ? decide : () => 'read',
    },
    async watch(changed, signal) {
      const { tokenFile, caFile } = metadata;
      const watches = namespaces.map((namespace) =>
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
          signal,
        ),
      );
      await Promise.all(watches);
    },
  };
}

function inClusterUrl(env: ConnectMetadataOptions['env']): string | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined) return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? 443}`;
}

function selector(setting: string, text: string): NonNullable<ReturnType<typeof parseSelector>> {
  const parsed = parseSelector(text);
  if (parsed === undefined) throw invalid(setting, `"${text}" is no selector; an example: app=api,tier!=cache`);
  return parsed;
}

function invalid(source: string, reason: string): JourneyError<'config-invalid'> {
  return new JourneyError('config-invalid', { source, reason });
}
