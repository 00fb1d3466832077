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

/** Opens the configured sink. @throws what the file system says if it cannot be opened. */
export function openSink({ config, stdoutFd, counters, logger }: OpenSinkOptions): Sink {
  switch (config.kind) {
    case 'stdout':
      return new StdoutSink(stdoutFd);
    case 'file':
      return new FileSink({
        ...config.file,
        counters,
        failing: (error) => logger.error({ error, path: config.file.path }, 'records cannot be written; trying again'),
      });
  }
}
