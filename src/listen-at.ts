import { BoundSocket, isIPv4 } from 'node:net';

/**
 * What to give `server.listen`. An IPv4 address is bound here and now: handed over as a name, Node would look it up and
 * compile its expression for IPv6 addresses on the way, 5 ms of every start. What cannot be bound is left to `listen`,
 * which says why in more words.
 */
export function listenAt(host: string, port: number): { host: string; port: number; handle?: BoundSocket } {
  if (!isIPv4(host)) return { host, port };
  try {
    return { host, port, handle: new BoundSocket({ host, port }) };
  } catch {
    return { host, port };
  }
}
