import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Host } from '../host.ts';
import type { CriLogWriterOptions, LogTrouble, OnLine } from '../logs/cri-log-writer.ts';
import { nanosecondClock } from '../logs/rfc3339-nano.ts';
import { Container } from '../process/container.ts';
import { containerLogFile, downwardApi, type Pod } from './pod.ts';
import type { Program } from './program.ts';

export interface StartContainerRequest {
  readonly program: Program;
  readonly pod: Pod;
  /** How many instances of this container there were before, the number in the log's name. */
  readonly instance: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly onTrouble?: (trouble: LogTrouble) => void;
}

export type StartContainer = (request: StartContainerRequest) => Promise<Container>;

export interface NodeRuntimeOptions {
  readonly host: Host;
  /** Root of the CRI log tree. */
  readonly podLogs: string;
  readonly limits: Pick<CriLogWriterOptions, 'maxBytes' | 'maxFiles'>;
  readonly onLine: (program: string, ...line: Parameters<OnLine>) => void;
  readonly started: (pid: number) => void;
  readonly ended: (pid: number) => void;
}

/** Our own choices and what npm tells its scripts are nothing to the programs. */
function inherited(env: Host['env']): Host['env'] {
  const strange = /^(?:npm_|JOURNEY_DIR$|JOURNEY_STORE$|JOURNEY_BUNDLES$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !strange.test(name)));
}

/** The kubelet's defaults, `containerLogMaxSize` and `containerLogMaxFiles`. */
export const logLimits = { maxBytes: 10 * 1024 * 1024, maxFiles: 5 } as const;

const preload = fileURLToPath(new URL('../follow-parent/main.ts', import.meta.url));

/** Starts programs as the kubelet and the runtime would: environment, downward API, configuration file, log. */
export function nodeRuntime(options: NodeRuntimeOptions): StartContainer {
  const { host, podLogs } = options;
  const now = nanosecondClock({ wallMs: host.wallMs, monotonicNs: host.monotonicNs });
  return async ({ program, pod, instance, env = {}, onTrouble }) => {
    const container = await Container.start({
      command: host.execPath,
      args: ['--import', pathToFileURL(preload).href, ...program.nodeFlags, program.main],
      env: {
        ...inherited(host.env),
        ...program.env,
        ...env,
        ...downwardApi(pod, host.hostname),
        JOURNEY_CONFIG_FILE: program.configFile,
      },
      log: {
        file: containerLogFile(podLogs, pod, instance),
        ...options.limits,
        now,
      },
      onLine: (...line) => options.onLine(program.name, ...line),
      ...(onTrouble === undefined ? {} : { onTrouble }),
    });
    options.started(container.pid);
    void container.exited.then(() => options.ended(container.pid));
    return container;
  };
}
