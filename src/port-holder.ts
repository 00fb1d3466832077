import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process that listens on a port, as far as we may know. */
export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on a TCP port of this machine; `undefined` when it cannot be told (another user's process). */
export async function findPortHolder(
  port: number,
  { platform }: { readonly platform: string },
): Promise<PortHolder | undefined> {
  try {
    return platform === 'linux' ? await fromProc(port) : platform === 'win32' ? undefined : await fromLsof(port);
  } catch {
    return undefined; // the message is poorer for it, nothing else
  }
}

const listening = '0A'; // TCP_LISTEN in include/net/tcp_states.h

async function fromProc(port: number): Promise<PortHolder | undefined> {
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)) {
      // proc_net_tcp.rst: sl, local_address, rem_address, st, …, inode is the tenth.
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const isPort = Number.parseInt(local.split(':')[1] ?? '', 16) === port;
      if (isPort && state === listening && inode !== undefined) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const fd of await readdir(`/proc/${name}/fd`).catch(() => [])) {
      if (!sockets.has(await readlink(`/proc/${name}/fd/${fd}`).catch(() => ''))) continue;
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8')).split('\0').join(' ').trim();
      return { pid: Number(name), command };
    }
  }
  return undefined;
}

async function fromLsof(port: number): Promise<PortHolder | undefined> {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const output = await new Promise<string>((settle, fail) => {
    execFile('lsof', args, { timeout: 3_000 }, (error, stdout) => (error === null ? settle(stdout) : fail(error)));
  });
  return parseLsof(output);
}

/** lsof(8), "OUTPUT FOR OTHER PROGRAMS": one field a line, `p` the pid, `c` the command. */
export function parseLsof(output: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), command: /^c(.+)$/m.exec(output)?.[1] ?? '?' };
}
