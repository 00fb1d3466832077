import { createServer } from 'node:net';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { listenAt } from '../../listen-at.ts';
import { findPortHolder } from '../../port-holder.ts';
import type { Host } from '../host.ts';

export interface ClaimPortOptions {
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** How a user moves it, for the message: `--port`. */
  readonly option: string;
  readonly host: Pick<Host, 'platform'>;
}

/**
 * Proves that a port can be listened on, by listening for a moment.
 *
 * @returns the port, which for 0 is the one the system chose
 * @throws JourneyError `port-in-use` with the process that holds it, `port-refused` with the system's reason
 */
export async function claimPort({ address, port, option, host }: ClaimPortOptions): Promise<number> {
  try {
    return await listenOnce(address, port);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const where = { port, host: address, option };
    if (!taken) throw new JourneyError('port-refused', { ...where, reason: reasonOf(error) }, { cause: error });
    const found = await findPortHolder(port, host);
    const holder = found === undefined ? hiddenHolder : `${shorten(found.command)} (pid ${found.pid})`;
    throw new JourneyError('port-in-use', { ...where, holder }, { cause: error });
  }
}

/** /proc and lsof show only our own processes, unless we are root. */
const hiddenHolder = { en: 'a process of another user', zh: '其他用户的进程' };

function listenOnce(address: string, port: number): Promise<number> {
  const server = createServer();
  return new Promise((settle, fail) => {
    server.once('error', fail);
    server.listen({ ...listenAt(address, port), exclusive: true }, () => {
      const bound = server.address();
      server.close(() => settle(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}

const shorten = (command: string): string => (command.length > 80 ? `${command.slice(0, 79)}…` : command);
