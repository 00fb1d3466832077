import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Pod } from '../../src/cluster/objects.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { KubectlAccess } from '../../src/verify/cluster-access/kubectl-access.ts';
import { findKubectl, howToGetKubectl } from '../support/kubectl.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { want } from '../support/want.ts';

const kubectl = findKubectl();
const signal = AbortSignal.timeout(60_000);

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Handler = (seen: Seen, response: ServerResponse) => void;

const status = (response: ServerResponse, code: number, reason: string, message: string): void => {
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ kind: 'Status', reason, message, code }));
};

/** The real kubectl in front of an API server that answers as told. */
async function accessTo(t: TestContext, handler: Handler): Promise<{ access: KubectlAccess; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      // kubectl asks for the version by itself.
      if (url.startsWith('/version')) return void response.end('{}');
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(entry);
      handler(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { access: await openWith(t, `http://127.0.0.1:${port}`), seen };
}

async function openWith(t: TestContext, server: string): Promise<KubectlAccess> {
  const folder = tempFolder(t);
  const kubeconfig = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'test',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const command = { file: kubectl ?? 'kubectl', args: ['--kubeconfig', kubeconfig] };
  const invocation = { command, env: process.env };
  const access = await KubectlAccess.open({ kubectl: invocation, tempFolder: folder, signal });
  t.after(() => access.close());
  return access;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (isJourneyError(error) ? `${error.code}: ${error.message}` : String(error)),
  );

/** All tests here need it. */
const hasKubectl = (t: TestContext): boolean => want(t, kubectl !== undefined, 'kubectl', howToGetKubectl);

test('objects are read with status and selector as the API server gives them', async (t) => {
  if (!hasKubectl(t)) return;
  const { access, seen } = await accessTo(t, ({ url }, response) => {
    if (url.endsWith('/pods/gone')) return status(response, 404, 'NotFound', 'pods "gone" not found');
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(url.includes('?') ? { items: [{ metadata: { name: 'a' } }] } : { metadata: { name: 'b' } }),
    );
  });
  const list = await access.list<Pod>('pods', 'journey', { selector: 'app=api,tier=x', signal });
  assert.deepEqual(
    list.map((pod) => pod.metadata.name),
    ['a'],
  );
  assert.equal((await access.get<Pod>('pods', 'journey', 'b', { signal }))?.metadata.name, 'b');
  assert.equal(await access.get<Pod>('pods', 'journey', 'gone', { signal }), undefined);
  assert.deepEqual(
    seen.map((s) => s.url),
    [
      '/api/v1/namespaces/journey/pods?labelSelector=app%3Dapi%2Ctier%3Dx',
      '/api/v1/namespaces/journey/pods/b',
      '/api/v1/namespaces/journey/pods/gone',
    ],
  );
});

test('a missing permission names verb, resource and namespace; a refusal by admission is another error', async (t) => {
  if (!hasKubectl(t)) return;
  const { access } = await accessTo(t, ({ method }, response) =>
    method === 'GET'
      ? status(response, 403, 'Forbidden', 'pods is forbidden: User "eve" cannot list resource "pods" in API group ""')
      : status(response, 403, 'Forbidden', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"'),
  );
  assert.match(
    await codeOf(access.list('pods', 'journey', { signal })),
    /^cluster-forbidden: May not list pods in the namespace "journey"/,
  );
  assert.match(await codeOf(access.logs('journey', 'x', { signal })), /^cluster-forbidden: May not get pods\/log/);
  assert.match(
    await codeOf(access.create('pods', 'journey', {}, { signal })),
    /^cluster-refused: .*violates PodSecurity/,
  );
});

test('an API server that is away is "cluster-unreachable", not a crash', async (t) => {
  if (!hasKubectl(t)) return;
  const access = await openWith(t, 'http://127.0.0.1:1');
  assert.match(await codeOf(access.list('pods', 'journey', { signal })), /^cluster-unreachable: .*refused/);
});

test('without a cluster kubectl may reach another server, our own API say: that is no API server, not its JSON', async (t) => {
  if (!hasKubectl(t)) return;
  const { access } = await accessTo(t, (_, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"route-not-found"}');
  });
  assert.match(
    await codeOf(access.list('pods', 'journey', { signal })),
    /^cluster-unreachable: .*no Kubernetes API server \(HTTP 404\)/,
  );
});

test('without kubectl, and with a kubeconfig that is none, it says so', async (t) => {
  const missing = { command: { file: '/no/such/kubectl', args: [] }, env: {} };
  assert.match(
    await codeOf(KubectlAccess.open({ kubectl: missing, tempFolder: tempFolder(t), signal })),
    /^kubectl-missing: \/no\/such\/kubectl/,
  );
  if (!hasKubectl(t)) return;
  const command = { file: kubectl ?? '', args: ['--kubeconfig', '/no/such/file'] };
  const broken = { command, env: process.env };
  const folder = tempFolder(t);
  assert.match(
    await codeOf(KubectlAccess.open({ kubectl: broken, tempFolder: folder, signal })),
    /^cluster-unreachable: /,
  );
  assert.deepEqual(readdirSync(folder), [], 'nothing is left behind');
});

test('HTTP to a Pod keeps method, headers, body and status; what the API server itself says is "not reached"', async (t) => {
  if (!hasKubectl(t)) return;
  const { access, seen } = await accessTo(t, ({ url }, response) => {
    if (url.includes('dead'))
      return status(response, 503, 'ServiceUnavailable', 'error trying to reach service: refused');
    if (url.includes('secret'))
      return status(response, 403, 'Forbidden', 'User "eve" cannot create resource "services/proxy"');
    response.writeHead(503, { 'content-type': 'application/problem+json', 'cache-status': 'journey-near; hit; ttl=4' });
    response.end('{"code":"store-unavailable"}');
  });
  const target = { kind: 'pods', namespace: 'journey', name: 'api-x', port: 8080 } as const;
  const request = {
    method: 'POST',
    path: '/api/v1/data?x=1',
    headers: { 'if-match': '"a"' },
    body: '{"a":1}',
  } as const;
  const answer = await access.http(target, request, { signal });
  assert.deepEqual(answer.reached && [answer.status, answer.headers['cache-status'], answer.body], [
    503,
    'journey-near; hit; ttl=4',
    '{"code":"store-unavailable"}',
  ]);
  const [first] = seen;
  assert.equal(first?.url, '/api/v1/namespaces/journey/pods/api-x:8080/proxy/api/v1/data?x=1');
  assert.deepEqual([first?.method, first?.headers['if-match'], first?.body], ['POST', '"a"', '{"a":1}']);
  const dead = await access.http({ ...target, name: 'dead' }, { path: '/' }, { signal });
  assert.deepEqual(dead, { reached: false, reason: 'error trying to reach service: refused' });
  assert.match(
    await codeOf(access.http({ ...target, kind: 'services', name: 'secret' }, { ...request }, { signal })),
    /^cluster-forbidden: May not create services\/proxy/,
  );
});

test('an eviction that a budget forbids is no error', async (t) => {
  if (!hasKubectl(t)) return;
  let asked = 0;
  const { access } = await accessTo(t, (_, response) => {
    if (asked++ === 0)
      return status(response, 429, 'TooManyRequests', 'Cannot evict pod as it would violate the budget');
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  });
  assert.deepEqual(
    [await access.evict('journey', 'p', { signal }), await access.evict('journey', 'p', { signal })],
    [false, true],
  );
});

test('a log is followed until it ends, in whole characters', async (t) => {
  if (!hasKubectl(t)) return;
  const bytes = Buffer.from('line 1 日志\nline 2\n');
  const { access, seen } = await accessTo(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(bytes.subarray(0, 9));
    setImmediate(() => response.end(bytes.subarray(9)));
  });
  let text = '';
  await access.followLogs('journey', 'p', { signal, sinceSeconds: 5, onText: (part) => (text += part) });
  assert.equal(text, 'line 1 日志\nline 2\n');
  assert.equal(seen[0]?.url, '/api/v1/namespaces/journey/pods/p/log?sinceSeconds=5&follow=true');
});

test('what is under way ends when the signal aborts', async (t) => {
  if (!hasKubectl(t)) return;
  const { access } = await accessTo(t, () => undefined);
  const stop = new AbortController();
  const waiting = access.list('pods', 'journey', { signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});
