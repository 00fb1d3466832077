import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { makeFolder } from '../../make-folder.ts';

/** Where everything of one local installation lives. */
export interface DataFolder {
  readonly root: string;
  /** `config/<program>/config.yaml`, the directory a ConfigMap would be mounted at. */
  configFile(program: string): string;
  readonly sqliteFile: string;
  readonly collectorState: string;
  /** The node's `/var/log/pods`. */
  readonly podLogs: string;
  /** Clean-up runs and which of them are kept. */
  readonly jobsFile: string;
  /** Who runs in this folder. */
  readonly lockFile: string;
  /** Programs started from this folder, so that the next start can end what a kill left behind. */
  readonly processesFile: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    configFile: (program) => join(root, 'config', program, 'config.yaml'),
    sqliteFile: join(root, 'data', 'journey.sqlite'),
    collectorState: join(root, 'state', 'log-collector'),
    podLogs: join(root, 'logs', 'pods'),
    jobsFile: join(root, 'state', 'supervisor', 'jobs.json'),
    lockFile: join(root, 'run', 'supervisor.json'),
    processesFile: join(root, 'run', 'processes.json'),
  };
}

/** Enough to notice a full disk before the programs do. */
const probeBytes = 65_536;

/** Makes the folders and proves that they can be written. @throws JourneyError `folder-not-writable` */
export async function prepareFolder(folder: DataFolder): Promise<void> {
  const probe = join(folder.root, 'run', '.write-probe');
  try {
    for (const name of ['config', 'data', 'state/log-collector', 'state/supervisor', 'logs/pods', 'run']) {
      makeFolder(join(folder.root, name));
    }
    await writeFile(probe, Buffer.alloc(probeBytes), { flush: true });
  } catch (error) {
    const params = { folder: folder.root, reason: reasonOf(error), option: '--dir' };
    throw new JourneyError('folder-not-writable', params, { cause: error });
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
