import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crypto } from '../node-crypto.ts';

/** `sun_path` of unix(7) holds 108 bytes on Linux and 104 on macOS, the final zero included. */
const maxPathBytes = 103;

/** Where the control socket of a data folder is: inside it, unless its path is too long for a socket. */
export function socketPath(root: string, platform: NodeJS.Platform): string {
  const inside = join(root, 'run', 'control.sock');
  const short = crypto.createHash('sha256').update(root).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\journey-${short}`;
  return Buffer.byteLength(inside) <= maxPathBytes ? inside : join(tmpdir(), `journey-${short}.sock`);
}
