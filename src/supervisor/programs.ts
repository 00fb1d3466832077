import { join } from 'node:path';
import type { DataFolder } from './folder/data-folder.ts';
import type { Host } from './host.ts';
import { claimPort } from './ports/claim-port.ts';
import { type FileSettings, fileSettings } from './workload/file-settings.ts';
import type { Program } from './workload/program.ts';

/** The programs of the stack, by the name of their folder under `src/`. */
export const programNames = ['api', 'log-collector', 'cleanup-job'] as const;
export type ProgramName = (typeof programNames)[number];

/** What a user may choose at the start; whatever is absent is up to environment, file and default. */
export interface StackOptions {
  readonly port?: number | undefined;
  readonly metricsPort?: number | undefined;
  readonly address?: string | undefined;
  readonly store?: StoreChoice | undefined;
  readonly logLevel?: string | undefined;
}

export type StoreChoice = { readonly kind: 'sqlite' } | { readonly kind: 'redis'; readonly url: string };

export interface DefineProgramsOptions {
  readonly stack: StackOptions;
  readonly folder: DataFolder;
  readonly host: Pick<Host, 'env' | 'platform'>;
  /** Path of a program's entry point. */
  readonly mainOf: (program: ProgramName) => string;
}

export type Programs = Readonly<Record<ProgramName, Program>>;

/** Defaults of the programs' own schemas; a test compares them. */
export const defaultPorts = { api: 8080, 'log-collector': 9100 } as const;

/** Nobody asked for this machine to serve its network: locally the programs listen on loopback. */
const localAddress = '127.0.0.1';

/**
 * The young generation's semi-spaces grow to 16 MiB each under load if they may, and a process holds on to them.
 */
const nodeFlags = ['--max-semi-space-size=2'];

/**
 * The three programs as the manifests describe them, with the ports proven to be free.
 *
 * @throws JourneyError `port-in-use`, `port-refused`
 */
export async function definePrograms(options: DefineProgramsOptions): Promise<Programs> {
  const { folder, mainOf, stack } = options;
  const [api, collector] = await Promise.all([
    listener(options, { program: 'api', section: 'server', port: stack.port, option: '--port' }),
    listener(options, { program: 'log-collector', section: 'http', port: stack.metricsPort, option: '--metrics-port' }),
  ]);
  const logLevel: Record<string, string> = stack.logLevel === undefined ? {} : { JOURNEY_LOG_LEVEL: stack.logLevel };
  const store = storeEnv(options);
  const common = (name: ProgramName) => ({ name, main: mainOf(name), configFile: folder.configFile(name), nodeFlags });
  return {
    api: {
      ...common('api'),
      namespace: 'journey',
      // No load balancer has to learn that we leave.
      env: { ...logLevel, ...store, ...api.env, ...unlessSet(options, api.file, 'server.drainMs', '0') },
      probe: api.target,
      graceMs: 15_000,
    },
    'log-collector': {
      ...common('log-collector'),
      // As its image has it; see the Dockerfile.
      nodeFlags: [...nodeFlags, '--single-threaded', '--no-maglev', '--no-sparkplug'],
      // A namespace of its own in the cluster: reading every Pod's log needs privileges the others must not have.
      namespace: 'journey-node',
      env: {
        ...logLevel,
        ...collector.env,
        MALLOC_ARENA_MAX: '1',
        MALLOC_MMAP_THRESHOLD_: '32768',
        MALLOC_TOP_PAD_: '4096',
        MALLOC_TRIM_THRESHOLD_: '16384',
        JOURNEY_LOGS_ROOT: folder.podLogs,
        JOURNEY_STATE_DIRECTORY: folder.collectorState,
      },
      probe: collector.target,
      graceMs: 10_000,
    },
    'cleanup-job': cleanupProgram(options),
  };
}

/** The clean-up alone, which needs no port: also for a run without a supervisor. */
export function cleanupProgram(options: DefineProgramsOptions): Program {
  const { folder, mainOf, stack } = options;
  return {
    name: 'cleanup-job',
    namespace: 'journey',
    main: mainOf('cleanup-job'),
    configFile: folder.configFile('cleanup-job'),
    nodeFlags,
    env: { ...(stack.logLevel === undefined ? {} : { JOURNEY_LOG_LEVEL: stack.logLevel }), ...storeEnv(options) },
    graceMs: 10_000,
  };
}

interface ListenerOptions {
  readonly program: keyof typeof defaultPorts;
  /** The section of its settings that has `host` and `port`. */
  readonly section: string;
  readonly port: number | undefined;
  readonly option: string;
}

/** Settles address and port in the programs' own order: option, environment, file, default. */
async function listener(options: DefineProgramsOptions, { program, section, port, option }: ListenerOptions) {
  const { host, stack, folder } = options;
  const file = await fileSettings(folder.configFile(program));
  const hostEnv = envName(`${section}.host`);
  const portEnv = envName(`${section}.port`);
  const address = stack.address ?? host.env[hostEnv] ?? text(file.get(`${section}.host`)) ?? localAddress;
  const wanted = port ?? whole(host.env[portEnv]) ?? whole(file.get(`${section}.port`)) ?? defaultPorts[program];
  const claimed = await claimPort({ address, port: wanted, option, host });
  return { file, target: { address, port: claimed }, env: { [hostEnv]: address, [portEnv]: String(claimed) } };
}

function storeEnv({ stack, folder, host }: DefineProgramsOptions): Record<string, string> {
  // The file's place belongs to the folder, as a volume's mount belongs to the Pod, not to the settings.
  const file = { JOURNEY_STORE_SQLITE_FILE: host.env['JOURNEY_STORE_SQLITE_FILE'] ?? folder.sqliteFile };
  if (stack.store === undefined) return file;
  if (stack.store.kind === 'sqlite') return { ...file, JOURNEY_STORE_KIND: 'sqlite' };
  return { ...file, JOURNEY_STORE_KIND: 'redis', JOURNEY_STORE_REDIS_URL: stack.store.url };
}

/** A default for local use, which file and environment override. */
function unlessSet({ host }: DefineProgramsOptions, file: FileSettings, path: string, value: string) {
  const name = envName(path);
  return file.has(path) || host.env[name] !== undefined ? {} : { [name]: value };
}

function envName(path: string): string {
  return `JOURNEY_${path.replace(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase()}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A port, if it is one; anything else is the program's to refuse. */
function whole(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535 ? number : undefined;
}

/** Entry points in a source tree. */
export function sourceMains(root: string): (program: ProgramName) => string {
  return (program) => join(root, 'src', program, 'main.ts');
}
