import type { ErrorCode } from '../errors/catalogue.ts';
import { errorCatalogue } from '../errors/catalogue.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { askOnce } from '../supervisor/control/control-client.ts';
import type { ControlReply, ControlRequest } from '../supervisor/control/protocol.ts';
import type { DataFolder } from '../supervisor/folder/data-folder.ts';
import { readLock } from '../supervisor/folder/folder-lock.ts';
import type { CliContext } from './context.ts';

/** The control socket of the stack that runs in a folder; `undefined` when none does. */
export function runningSocket(folder: DataFolder, { host }: Pick<CliContext, 'host'>): string | undefined {
  return readLock(folder.lockFile, host)?.socket;
}

/** @throws JourneyError `not-running` */
export function requireSocket(folder: DataFolder, context: Pick<CliContext, 'host'>): string {
  const socket = runningSocket(folder, context);
  if (socket === undefined) throw notRunning(folder);
  return socket;
}

export function notRunning(folder: DataFolder): JourneyError {
  return new JourneyError('not-running', { folder: folder.root, option: '--dir' });
}

/**
 * One question to a running stack. A failure over there is thrown here as what it was.
 *
 * @throws JourneyError `not-running` when it went away meanwhile
 */
export async function ask<K extends ControlReply['kind']>(
  folder: DataFolder,
  socket: string,
  request: ControlRequest & { readonly op: K },
  signal: AbortSignal,
): Promise<Extract<ControlReply, { kind: K }>> {
  const reply = await askOnce(socket, request, signal).catch(() => undefined);
  if (reply?.kind === 'error') {
    if (reply.code in errorCatalogue) throw new JourneyError(reply.code as ErrorCode, reply.params as never);
    throw new Error(reply.message);
  }
  if (reply?.kind === request.op) return reply as Extract<ControlReply, { kind: K }>;
  signal.throwIfAborted();
  throw notRunning(folder);
}
