import { type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { reasonOf } from '../errors/journey-error.ts';

export type { Logger } from 'pino';
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface CreateLoggerOptions {
  /** Program name, the `service` member of every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go: one JSON object a line. */
  readonly destination: DestinationStream;
}

/**
 * Structured logs: JSON lines with `time` in ISO 8601 UTC, `level` as a word, `service`, `msg`.
 * `error` members are serialised with type, message, stack and the chain of causes.
 */
export function createLogger({ service, level, destination }: CreateLoggerOptions): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
    redact: { paths: ['password', '*.password', 'req.headers.authorization'], censor: '***' },
  };
  return pino(options, destination);
}

/**
 * A destination for a terminal: colours and short times for people. Loaded only when stdout is a TTY, so that images
 * need not carry it; without it lines stay JSON.
 */
export async function prettyDestination(
  output: NodeJS.WritableStream,
): Promise<DestinationStream | { reason: string }> {
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({
      colorize: true,
      ignore: 'service,pid,hostname',
      translateTime: 'SYS:HH:MM:ss',
      destination: output,
      sync: true,
    });
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}
