import { createServer } from 'node:net';
import { isJourneyError, JourneyError } from '../../errors/journey-error.ts';
import { findPortHolder } from '../../port-holder.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { waitForPart } from './wait-for-part.ts';

export interface PortChoice {
  /** No other one will do. */
  readonly asked: number | undefined;
  /** Taken if it is free. */
  readonly preferred: number;
  /** What moves it, for the message. */
  readonly option: string;
  /** Called with a port before anything holds it: who is killed in the next moment must find there what was started. */
  readonly remember: (port: number) => void;
}

/**
 * Brings addresses inside the cluster to a port of 127.0.0.1; resolves when it is open. Of two clusters that start at the
 * same time both find the same port free: the one that comes second takes another, rather than ask the first one's API
 * server until its time is up.
 *
 * @param targets addresses with ports, comma-separated.
 * @returns the port.
 * @throws JourneyError `port-in-use`, `cluster-part-failed`.
 */
export async function openForward(
  cluster: LocalClusterContext,
  role: string,
  targets: string,
  choice: PortChoice,
): Promise<number> {
  const { binaries, processes, topology, context } = cluster;
  for (let left = 9; ; left--) {
    const port = await choosePort(choice);
    choice.remember(port);
    const args = [`127.0.0.1:${port}`, `/run/netns/${topology.control.namespace}`, targets];
    await processes.start({ role, file: binaries.path('forward'), args });
    try {
      await waitForPart(cluster, role, 20, async () => {
        const forward = processes.record(role);
        return forward !== undefined && (await findPortHolder(port, context))?.pid === forward.pid;
      });
      return port;
    } catch (error) {
      if (!isJourneyError(error, 'cluster-part-failed')) throw error;
      await processes.stop(role);
      if (left === 0) throw error;
    }
  }
}

/** The asked-for port or none; without one, the preferred port if it is free, else any free one. */
async function choosePort({ asked, preferred, option }: PortChoice): Promise<number> {
  const free = await freePort(asked ?? preferred);
  if (free !== undefined) return free;
  if (asked === undefined) return (await freePort(0)) ?? preferred;
  throw new JourneyError('port-in-use', { port: asked, host: '127.0.0.1', holder: '?', option });
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
