import type { Socket } from 'node:net';

/** A request is short; whoever sends more is not our command line. */
const maxLineChars = 1_048_576;

/** The JSON values arriving on a socket, one a line. Ends with the socket. @throws on a line that is no JSON or too long */
export async function* readJsonLines(socket: Socket): AsyncGenerator<unknown> {
  socket.setEncoding('utf8');
  let rest = '';
  for await (const chunk of socket as AsyncIterable<string>) {
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineChars) throw new Error('line too long');
    for (const line of lines) yield JSON.parse(line) as unknown;
  }
}

/** @returns `false` when the peer reads too slowly and something should be left out */
export function writeJsonLine(socket: Socket, value: unknown): boolean {
  return socket.writable && socket.write(`${JSON.stringify(value)}\n`);
}
