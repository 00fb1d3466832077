import { closeSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { JourneyError } from '../../errors/journey-error.ts';

/**
 * Holds a state folder for one process: a Unix socket in it that answers with our pid. The kernel closes it with the
 * process, however that ends, and it works between containers that share the folder but no process ids (a rolling
 * update that surges), where a pid file would lie.
 */
export class StateLock {
  readonly #server: Server;
  readonly #folder: number;

  private constructor(server: Server, folder: number) {
    this.#server = server;
    this.#folder = folder;
  }

  /** @throws JourneyError `folder-in-use` while another process holds it. */
  static async take(directory: string, pid: number): Promise<StateLock> {
    // A socket's path is limited to 107 bytes; by the folder's descriptor it is always short.
    const folder = openSync(directory, 'r');
    const path = `/proc/self/fd/${folder}/lock.sock`;
    try {
      const holder = await askHolder(path);
      if (holder !== undefined) {
        throw new JourneyError('folder-in-use', { folder: directory, pid: holder, option: 'state.directory' });
      }
      rmSync(join(directory, 'lock.sock'), { force: true });
      const server = createServer((socket) => socket.on('error', () => {}).end(String(pid)));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(path, resolve);
      });
      server.unref();
      return new StateLock(server, folder);
    } catch (error) {
      closeSync(folder);
      throw error;
    }
  }

  async release(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    closeSync(this.#folder);
  }
}

/** Pid of the process that holds the socket, or `undefined` if nobody does. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path);
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens, or nothing is there. Anything else means that somebody is.
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? undefined : answer || '?');
    });
    socket.on('end', () => resolve(answer || '?'));
  });
}
