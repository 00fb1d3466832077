import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CollectorConfig } from './config.ts';
import type { Counters } from './counters.ts';
import type { PodInfo } from './metadata/pod-metadata.ts';
import type { ContainerInstance } from './record/source-label.ts';
import { deadLetterFile } from './sinks/dead-letter.ts';
import { FileSink } from './sinks/file-sink.ts';
import { lokiPush } from './sinks/loki-push.ts';
import { otlpPush } from './sinks/otlp-push.ts';
import type { PushFormat } from './sinks/push-format.ts';
import { PushSink } from './sinks/push-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { StdoutSink } from './sinks/stdout-sink.ts';

export interface OpenSinkOptions {
  readonly config: CollectorConfig['sink'];
  readonly stateDirectory: string;
  readonly node: string;
  readonly infoOf: (instance: ContainerInstance) => PodInfo | undefined;
  /** The labels in force. */
  readonly labelNames: () => readonly string[];
  readonly fetch: typeof fetch;
  readonly stdoutFd: number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** Opens the configured sink. @throws JourneyError `folder-not-writable` if its file cannot be opened. */
export function openSink(options: OpenSinkOptions): Sink {
  const { config, stdoutFd, counters, logger } = options;
  switch (config.kind) {
    case 'stdout':
      return new StdoutSink(stdoutFd);
    case 'file':
      try {
        return new FileSink({
          ...config.file,
          counters,
          failing: (error) =>
            logger.error({ error, path: config.file.path }, 'records cannot be written; trying again'),
        });
      } catch (error) {
        const params = { folder: config.file.path, reason: reasonOf(error), option: 'sink.file.path' };
        throw new JourneyError('folder-not-writable', params, { cause: error });
      }
    case 'loki':
      return openPush(options, lokiPush);
    case 'otlp':
      return openPush(options, otlpPush);
  }
}

function openPush(
  { config, counters, logger, node, infoOf, labelNames, stateDirectory, fetch }: OpenSinkOptions,
  format: PushFormat,
): Sink {
  const { url, timeoutMs, headersFile } = config.push;
  return new PushSink({
    url,
    format,
    node,
    infoOf,
    labelNames,
    timeoutMs,
    fetch,
    counters,
    headers: headersFile === '' ? {} : readHeaders(headersFile),
    failing: (reason) => logger.error({ url, reason }, 'records cannot be delivered; trying again'),
    objected: (reason, refused) =>
      logger.warn({ url, reason, refused }, 'the server took a request but not all is well with it'),
    deadLetter: deadLetterFile(join(stateDirectory, 'dead-letter.jsonl'), (reason) =>
      logger.error({ url, reason }, 'records were refused for good; they are in dead-letter.jsonl'),
    ),
  });
}

function readHeaders(path: string): Record<string, string> {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.includes(':'));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
    );
  } catch (error) {
    throw new JourneyError(
      'config-invalid',
      { source: 'sink.push.headersFile', reason: reasonOf(error) },
      { cause: error },
    );
  }
}
