import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CollectorConfig } from './config.ts';
import type { Counters } from './counters.ts';
import { FileSink } from './sinks/file-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { StdoutSink } from './sinks/stdout-sink.ts';

export interface OpenSinkOptions {
  readonly config: CollectorConfig['sink'];
  readonly stdoutFd: number;
  readonly counters: Counters;
  readonly logger: Logger;
}

/** Opens the configured sink. @throws JourneyError `folder-not-writable` if its file cannot be opened. */
export function openSink({ config, stdoutFd, counters, logger }: OpenSinkOptions): Sink {
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
  }
}
