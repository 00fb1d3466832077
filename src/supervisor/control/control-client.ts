import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readJsonLines, writeJsonLine } from './json-lines.ts';
import type { ControlReply, ControlRequest } from './protocol.ts';

/**
 * Asks a running supervisor and yields its replies until it hangs up or `signal` aborts.
 *
 * @throws the connection's error when nobody listens
 */
export async function* askSupervisor(
  path: string,
  request: ControlRequest,
  signal: AbortSignal,
): AsyncGenerator<ControlReply> {
  const socket: Socket = connect({ path });
  const hangUp = () => socket.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    await once(socket, 'connect', { signal });
    writeJsonLine(socket, request);
    for await (const reply of readJsonLines(socket)) yield reply as ControlReply;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', hangUp);
    socket.destroy();
  }
}

/** The one reply to a request that has one; `undefined` when the supervisor hung up without it. */
export async function askOnce(
  path: string,
  request: ControlRequest,
  signal: AbortSignal,
): Promise<ControlReply | undefined> {
  for await (const reply of askSupervisor(path, request, signal)) return reply;
  return undefined;
}
