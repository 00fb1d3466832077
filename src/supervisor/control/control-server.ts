import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isJourneyError, reasonOf } from '../../errors/journey-error.ts';
import { readJsonLines, writeJsonLine } from './json-lines.ts';
import type { ControlReply, ControlRequest, LogLine, StackStatus } from './protocol.ts';

export interface ControlHandlers {
  status(): StackStatus;
  cleanup(mode: string | undefined): Promise<ControlReply>;
  /** Calls `listener` for every line from now on. @returns a function that ends it */
  follow(listener: (line: LogLine) => void): () => void;
}

/** How long a last answer may take to be read when the stack stops, in milliseconds. */
const flushMs = 300;

/** Answers the command line on a Unix socket that only this user can open. */
export class ControlServer {
  readonly #handlers: ControlHandlers;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
    this.#server = createServer((socket) => void this.#serve(socket));
  }

  async listen(path: string): Promise<void> {
    // A killed supervisor leaves the file; whoever listens now holds the folder's lock.
    if (!path.startsWith('\\\\')) rmSync(path, { force: true });
    await new Promise<void>((settle, fail) => {
      this.#server.once('error', fail);
      this.#server.listen({ path, readableAll: false, writableAll: false }, settle);
    });
    if (!path.startsWith('\\\\')) chmodSync(path, 0o600);
    this.#server.unref();
  }

  async close(): Promise<void> {
    const closed = new Promise((settle) => this.#server.close(settle));
    for (const socket of this.#sockets) socket.destroySoon();
    // A follower that does not read (`journey logs --follow | less`) would never take what is waiting for it.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, flushMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    try {
      for await (const request of readJsonLines(socket)) await this.#answer(socket, request as ControlRequest);
    } catch (error) {
      writeJsonLine(socket, failure(error));
    }
    socket.end();
  }

  async #answer(socket: Socket, request: ControlRequest): Promise<void> {
    if (request.op === 'status') {
      writeJsonLine(socket, { kind: 'status', status: this.#handlers.status() } satisfies ControlReply);
    } else if (request.op === 'cleanup') {
      writeJsonLine(socket, await this.#handlers.cleanup(request.mode).catch(failure));
    } else if (request.op === 'logs') {
      this.#follow(socket, new Set(request.programs));
    } else {
      throw new Error(`unknown request ${JSON.stringify(request)}`);
    }
  }

  /** A reader that cannot keep up loses lines here, not in the log; the stack does not wait for it. */
  #follow(socket: Socket, programs: ReadonlySet<string>): void {
    const end = this.#handlers.follow((line) => {
      if (programs.size > 0 && !programs.has(line.program)) return;
      if (!socket.writableNeedDrain) writeJsonLine(socket, { kind: 'line', ...line } satisfies ControlReply);
    });
    socket.once('close', end);
    writeJsonLine(socket, { kind: 'following' } satisfies ControlReply);
  }
}

function failure(error: unknown): ControlReply {
  return isJourneyError(error)
    ? { kind: 'error', code: error.code, message: error.message, params: error.params }
    : { kind: 'error', code: 'internal', message: reasonOf(error), params: {} };
}
