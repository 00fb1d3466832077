import { hostname } from 'node:os';
import { destination } from 'pino';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigWatcher } from '../config/config-watcher.ts';
import { isJourneyError, JourneyError } from '../errors/journey-error.ts';
import { detectLanguage } from '../i18n/language.ts';
import { createLogger, prettyDestination } from '../telemetry/logger.ts';
import { cleanUp } from './clean-up.ts';
import { type CleanupJobConfig, cleanupJobConfigSchema } from './config.ts';
import { type Flags, inTermsOfFlags, parseFlags } from './flags.ts';
import { helpText } from './help.ts';

/** `JOURNEY_*` variables that are not settings of this program. */
const knownEnv = ['JOURNEY_CONFIG_FILE', 'JOURNEY_LANG'];

process.exit(await main());

async function main(): Promise<number> {
  let language = detectLanguage({ env: process.env });
  try {
    const flags = parseFlags(process.argv.slice(2));
    language = detectLanguage({ flag: flags.lang, env: process.env });
    if (flags.help || flags.version) {
      process.stdout.write(flags.help ? helpText(language) : `${packageJson.version}\n`);
      return 0;
    }
    const { config, warnings } = await loadConfig(flags);
    const logger = await openLog(config);
    for (const warning of warnings) logger.warn(warning);
    const holder = process.env['POD_NAME'] ?? `${hostname()} (pid ${process.pid})`;
    return await cleanUp({ config, logger, holder, signal: stopOnSignal(), clock: { now: Date.now } });
  } catch (error) {
    const known = isJourneyError(error) ? error : new JourneyError('internal', {}, { cause: error });
    const { title, detail } = known.text(language);
    process.stderr.write(`${title}: ${detail}\n`);
    // A stack helps only those who mend the program.
    if (known !== error) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return known.kind.exitCode;
  }
}

async function loadConfig(flags: Flags): Promise<{ config: CleanupJobConfig; warnings: readonly string[] }> {
  const file = flags.config ?? process.env['JOURNEY_CONFIG_FILE'];
  try {
    const env = { ...process.env, ...flags.env };
    const watcher = await ConfigWatcher.start({ schema: cleanupJobConfigSchema, file, env, knownEnv });
    // One run, one configuration.
    watcher.close();
    return { config: watcher.current.value, warnings: watcher.current.warnings };
  } catch (error) {
    if (!isJourneyError(error, 'config-invalid')) throw error;
    const { source = '', reason = '' } = error.params;
    throw new JourneyError(
      'config-invalid',
      { source, reason: inTermsOfFlags(String(reason), flags) },
      { cause: error },
    );
  }
}

async function openLog({ logLevel }: CleanupJobConfig) {
  const pretty = process.stdout.isTTY ? await prettyDestination(process.stdout) : undefined;
  // Synchronous: the last line must be out before the process ends.
  const lines = pretty !== undefined && 'write' in pretty ? pretty : destination({ dest: 1, sync: true });
  return createLogger({ service: 'cleanup-job', level: logLevel, destination: lines });
}

/** The first SIGTERM or SIGINT ends the run in good order, a second one at once. */
function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
  ] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + number);
      stop.abort(`${signal} was received`);
    });
  }
  return stop.signal;
}
