import { http } from '../../node-http.ts';

export interface ProbeTarget {
  readonly address: string;
  readonly port: number;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** Why not, for people: the status or the connection error. */
  readonly reason: string;
}

/** An HTTP GET as the kubelet probes: any status from 200 to 399 is success, a redirect is not followed. Never rejects. */
export function probe(target: ProbeTarget, path: string, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((settle) => {
    const request = http.get(
      {
        host: dialable(target.address),
        port: target.port,
        path,
        agent: false,
        headers: { 'user-agent': 'kube-probe/journey', connection: 'close' },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.on('error', () => undefined).resume();
        settle({ ok: status >= 200 && status < 400, reason: `${path} answered ${status}` });
      },
    );
    request.on('error', ({ name, message }) => {
      settle({ ok: false, reason: name === 'AbortError' ? `${path} did not answer within ${timeoutMs} ms` : message });
    });
  });
}

/** Wildcard addresses are for listening; a client dials loopback. */
export function dialable(address: string): string {
  return address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
}
