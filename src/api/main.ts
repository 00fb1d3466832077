import { hostname } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };
import { isJourneyError } from '../errors/journey-error.ts';
import { detectLanguage } from '../i18n/language.ts';
import { logDestination } from '../telemetry/log-destination.ts';
import { prettyDestination } from '../telemetry/logger.ts';
import { startApi } from './start-api.ts';

const { env, stdout, stderr } = process;
const lines = logDestination(stdout.fd);
const pretty = stdout.isTTY ? await prettyDestination(stdout) : undefined;

/** Says why in plain words and leaves; the exit code follows sysexits.h. */
function fail(error: unknown): never {
  lines.flushSync();
  if (isJourneyError(error)) {
    const { title, detail } = error.text(detectLanguage({ env }));
    stderr.write(`journey-api: ${title}. ${detail}\n`);
    process.exit(error.kind.exitCode);
  }
  stderr.write(`journey-api: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(70);
}

process.on('uncaughtException', fail);

const starting = startApi({
  configFile: env['JOURNEY_CONFIG_FILE'],
  env,
  identity: {
    service: 'api',
    version: manifest.version,
    nodeVersion: process.versions.node,
    hostname: hostname(),
    pod: env['POD_NAME'],
    namespace: env['POD_NAMESPACE'],
    node: env['NODE_NAME'],
  },
  clock: { now: Date.now, monotonic: () => performance.now() },
  bornAt: 0,
  destination: pretty !== undefined && 'write' in pretty ? { write: (line) => pretty.write(line), dropped: 0 } : lines,
});

// Before the start is over: process 1 of a container ignores signals nobody listens for.
let signals = 0;
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (++signals > 1) {
    lines.flushSync();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  }
  const api = await starting;
  api.logger.info({ signal }, 'asked to stop');
  await api.stop();
  await lines.flush(1_000);
  process.exit(0);
}
process.on('SIGTERM', (signal) => void stop(signal).catch(fail));
process.on('SIGINT', (signal) => void stop(signal).catch(fail));

await starting.catch(fail);
