import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { ApiPod } from '../../../src/log-collector/metadata/pod-metadata.ts';
import { until } from '../../support/until.ts';

type Change = { readonly type: string; readonly object: unknown };

/** The part of an API server that a watch of Pods needs: pages, watches, bookmarks, and a history that ends (410). */
export class FakeApiServer {
  readonly requests: URL[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly #pods = new Map<string, ApiPod>();
  readonly #watches = new Set<ServerResponse>();
  #version = 100;
  /** Answers every request with this, as an outage or a missing right would. */
  failWith: number | undefined;
  /** Resource versions below it are forgotten. */
  oldest = 0;
  /** Most Pods in one page, however many are asked for. */
  pageSize = 1;
  /** So many times the place of a next page is no longer known. */
  expiredContinues = 0;
  /** So many lists end in the middle of a Pod. */
  cutLists = 0;
  url = '';

  static async start(t: TestContext): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    const http = createServer((request, response) => fake.#answer(request, response)).listen(0, '127.0.0.1');
    await until('the server listens', () => http.listening);
    fake.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    t.after(() => {
      http.closeAllConnections();
      http.close();
    });
    return fake;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    this.requests.push(url);
    this.tokens.push(request.headers.authorization);
    const { searchParams: query } = url;
    if (this.failWith !== undefined) {
      response.writeHead(this.failWith).end('{}');
    } else if (query.get('watch') === null) {
      const pods = [...this.#pods.values()];
      const from = Number(query.get('continue') ?? 0);
      if (from > 0 && this.expiredContinues > 0) {
        this.expiredContinues--;
        response.writeHead(410).end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired' }));
        return;
      }
      const to = from + Math.min(Number(query.get('limit') ?? Number.POSITIVE_INFINITY), this.pageSize);
      const more = to < pods.length ? { continue: String(to) } : {};
      const metadata = { resourceVersion: String(this.#version), ...more };
      const list = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items: pods.slice(from, to) });
      const cut = this.cutLists-- > 0 ? 20 : 0;
      response.end(list.slice(0, list.length - cut));
    } else if (Number(query.get('resourceVersion')) < this.oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, metadata: {} } })}\n`);
    } else {
      this.#watches.add(response);
      response.flushHeaders();
    }
  }

  get watches(): number {
    return this.#watches.size;
  }

  #tell(change: Change): void {
    const line = `${JSON.stringify(change)}\n`;
    // In two pieces, as a network may deliver it.
    for (const watch of this.#watches) {
      watch.write(line.slice(0, 10));
      watch.write(line.slice(10));
    }
  }

  put(
    pod: Omit<ApiPod, 'metadata'> & { readonly metadata: Partial<ApiPod['metadata']> & { readonly uid: string } },
  ): void {
    const type = this.#pods.has(pod.metadata.uid) ? 'MODIFIED' : 'ADDED';
    const metadata = { namespace: 'shop', ...pod.metadata, resourceVersion: String(++this.#version) };
    this.#pods.set(pod.metadata.uid, { ...pod, metadata });
    this.#tell({ type, object: { ...pod, metadata } });
  }

  /** Ends all watches, forgets the history, and changes what there is meanwhile. */
  interrupt(meanwhile: () => void): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
    meanwhile();
    this.oldest = ++this.#version;
  }
}
