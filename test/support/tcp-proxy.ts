import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Scope } from './redis-server.ts';

/**
 * What the network does between client and server.
 *
 * - `pass`: nothing special
 * - `hole`: bytes vanish in both directions, connections stay open: a dead peer behind a live TCP connection
 * - `cut`: a connection is closed as soon as its client says anything, in the middle of a handshake
 * - `refuse`: closed at once
 */
export type Weather = 'pass' | 'hole' | 'cut' | 'refuse';

/** A TCP proxy that misbehaves on demand; the change applies to connections that are already open, too. */
export class TcpProxy {
  weather: Weather = 'pass';
  /** Connections accepted so far. */
  accepted = 0;
  /** Connections that clients hold open now. */
  open = 0;
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(scope: Scope, target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    scope.after(() => {
      proxy.#server.close();
      proxy.reset();
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Breaks every open connection, as a router that restarts does. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #accept(client: Socket): void {
    this.accepted++;
    if (this.weather === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    this.open++;
    client.on('close', () => this.open--);
    const server = connect(this.#target, '127.0.0.1');
    this.#join(client, server);
    this.#join(server, client);
    client.on('data', () => this.weather === 'cut' && client.resetAndDestroy());
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => this.weather === 'pass' && to.write(chunk));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      if (this.weather !== 'hole') to.destroy();
    });
  }
}
