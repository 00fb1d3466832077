import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { startApiProcess } from './support/api-process.ts';
import { ask } from './support/ask.ts';

const json = { 'content-type': 'application/json' };
const write = (port: number, key: string, value: unknown) =>
  ask(port, { method: 'POST', path: '/api/v1/data', headers: json, body: JSON.stringify({ key, value }) });

suite('a start that cannot succeed says why in one line and ends with the code of sysexits.h', () => {
  for (const [what, env, file, code, expected] of [
    ['an unknown key', {}, 'server: {prot: 1}', 78, /unknown key 'server\.prot'; did you mean 'server\.port'/],
    ['a wrong type', {}, 'limits: {maxKeyBytes: many}', 78, /'limits\.maxKeyBytes' is "many": must be integer/],
    ['bad YAML', {}, 'server: {port: [', 78, /line 1/],
    ['a bad variable', { JOURNEY_SERVER_PORT: 'x' }, '', 78, /JOURNEY_SERVER_PORT/],
    ['a missing file', { JOURNEY_CONFIG_FILE: '/nonexistent/config.yaml' }, '', 78, /no such file/],
    ['a wrong key and Chinese', { JOURNEY_LANG: 'zh' }, 'nope: 1', 78, /journey-api: 配置不合法/],
  ] as const) {
    test(what, async (t) => {
      const folder = tempFolder(t);
      const path = join(folder, 'config.yaml');
      writeFileSync(path, file);
      const api = startApiProcess(t, folder, { JOURNEY_CONFIG_FILE: path, ...env });
      assert.equal((await api.exit()).code, code);
      assert.match(api.stderr, expected);
      assert.equal(api.stderr.trim().split('\n').length, 1, api.stderr);
      assert.doesNotMatch(api.stderr, /\.ts:/);
    });
  }

  test('a taken port', async (t) => {
    const holder = createServer().listen(0, '127.0.0.1');
    t.after(() => holder.close());
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const api = startApiProcess(t, tempFolder(t), { JOURNEY_SERVER_PORT: String(port) });
    assert.equal((await api.exit()).code, 69);
    assert.match(api.stderr, new RegExp(`Port ${port} on 127\\.0\\.0\\.1.*server\\.port`));
  });

  test('a damaged data file, which is kept', async (t) => {
    const folder = tempFolder(t);
    const file = join(folder, 'journey.sqlite');
    writeFileSync(file, 'this is not a database '.repeat(1_000));
    const api = startApiProcess(t, folder);
    assert.equal((await api.exit()).code, 74);
    assert.match(api.stderr, /not a sound SQLite database/);
    assert.match(readFileSync(file, 'utf8'), /^this is not a database/);
    assert.ok(readdirSync(folder).some((name) => name.startsWith('journey.sqlite.damaged-')));
  });

  test('a data folder that cannot be', async (t) => {
    const folder = tempFolder(t);
    writeFileSync(join(folder, 'file'), '');
    const api = startApiProcess(t, folder, { JOURNEY_STORE_SQLITE_FILE: join(folder, 'file', 'journey.sqlite') });
    assert.equal((await api.exit()).code, 73);
    assert.match(api.stderr, /Folder cannot be written/);
  });

  test('a data folder it may not write', async (t) => {
    // Permissions do not stop root, who can run the program as somebody else.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const folder = tempFolder(t);
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'locked'), { mode: 0o555 });
    const file = join(folder, 'locked', 'journey.sqlite');
    const api = startApiProcess(t, folder, { JOURNEY_STORE_SQLITE_FILE: file }, uid);
    assert.equal((await api.exit()).code, 73, api.stderr);
    assert.match(api.stderr, /Folder cannot be written/);
  });
});

suite('leaving', () => {
  test('under constant load on kept connections no request fails, a slow one finishes, and the code is 0', async (t) => {
    const api = startApiProcess(t, tempFolder(t), { JOURNEY_SERVER_DRAIN_MS: '1000' });
    const port = await api.port();
    await write(port, 'k', 1);
    const slow = connect(port, '127.0.0.1');
    const body = '{"key":"slow","value":1}';
    slow.write(
      `POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    let slowAnswer = '';
    slow.on('data', (chunk: Buffer) => {
      slowAnswer += chunk.toString();
    });

    const failures: string[] = [];
    let closes = 0;
    let left = false;
    const client = async (): Promise<void> => {
      // Fresh after each `Connection: close`, which is how a load balancer moves on to another replica.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!left) {
        try {
          const answer = await ask(port, { path: '/api/v1/data/k', agent });
          if (answer.status !== 200) failures.push(`status ${answer.status}`);
          if (answer.headers.connection === 'close') closes++;
          // Endpoint removal: nobody sends new requests to a replica that has said it is leaving.
          if (answer.headers.connection === 'close' && closes > 8) break;
        } catch (error) {
          failures.push(String(error));
          break;
        }
      }
      agent.destroy();
    };
    const clients = Array.from({ length: 8 }, client);
    await until('the load to have begun', () => api.lines.length > 200);
    api.child.kill('SIGTERM');
    const notReady = await until('readiness to fail', async () => {
      const answer = await ask(port, { path: '/readyz' });
      return answer.status === 503 && answer;
    });
    assert.equal(notReady.json.phase, 'draining');
    assert.equal((await ask(port, { path: '/livez' })).status, 200);
    await Promise.all(clients);
    left = true;
    slow.end(body);
    await once(slow, 'close');
    assert.match(slowAnswer, /^HTTP\/1\.1 201 Created/);
    assert.deepEqual(failures, []);
    assert.ok(closes >= 8, `${closes} answers said Connection: close`);
    assert.deepEqual(await api.exit(), { code: 0, signal: null });
    const messages = api.lines.map((l) => l['msg']).filter((m) => m !== 'request completed');
    assert.deepEqual(messages.slice(-3), ['asked to stop', 'draining: not ready any more, still serving', 'stopped']);
    assert.ok(!api.lines.some((l) => l['level'] === 'error'));
  });

  test('a request that never ends is cut after server.stopMs, and the code is still 0', async (t) => {
    const api = startApiProcess(t, tempFolder(t), { JOURNEY_SERVER_STOP_MS: '300' });
    const port = await api.port();
    const stuck = connect(port, '127.0.0.1');
    stuck.on('error', () => {});
    stuck.write(
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await ask(port, { path: '/livez' });
    api.child.kill('SIGINT');
    assert.equal((await api.exit()).code, 0);
    assert.ok(api.lines.some((l) => String(l['msg']).includes('cutting their connections')));
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`a second ${signal} ends it at once`, async (t) => {
      const api = startApiProcess(t, tempFolder(t), { JOURNEY_SERVER_DRAIN_MS: '60000' });
      await api.port();
      api.child.kill(signal);
      await until('the drain', () => api.lines.some((l) => String(l['msg']).startsWith('draining')));
      api.child.kill(signal);
      assert.equal((await api.exit()).code, code);
    });
  }
});

test('what was acknowledged is still there after kill -9, and no log line is torn or out of order', async (t) => {
  const folder = tempFolder(t);
  const first = startApiProcess(t, folder);
  const port = await first.port();
  for (let i = 0; i < 50; i++) assert.equal((await write(port, `k${i}`, i)).status, 201);
  first.child.kill('SIGKILL');
  await first.exit();
  // The last lines may be lost; what is there is whole and in order.
  const written = first.lines.filter((l) => l['status'] === 201).map((l) => l['key']);
  assert.deepEqual(
    written,
    Array.from(written, (_, i) => `k${i}`),
  );
  const second = startApiProcess(t, folder);
  const again = await second.port();
  const { entries } = (await ask(again, { path: '/api/v1/data?limit=100' })).json;
  assert.equal(entries.length, 50);
});

test('a reader of the log that stops reading does not stop the API', async (t) => {
  const api = startApiProcess(t, tempFolder(t));
  const port = await api.port();
  api.child.stdout?.pause();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  // More than a pipe holds, by far.
  for (let i = 0; i < 40; i++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(port, { path: '/api/v1/info', agent })));
    assert.ok(answers.every((a) => a.status === 200));
  }
  api.child.stdout?.resume();
  await until('all lines to arrive', () => api.lines.filter((l) => l['route'] === '/api/v1/info').length === 2_000);
});

test('a reader of the log that goes away costs lines, and nothing else', async (t) => {
  const api = startApiProcess(t, tempFolder(t));
  const port = await api.port();
  api.child.stdout?.destroy();
  const dropped = async () => {
    assert.equal((await ask(port, { path: '/api/v1/info' })).status, 200);
    return Number(/^journey_log_lines_dropped_total (\d+)$/m.exec((await ask(port, { path: '/metrics' })).text)?.[1]);
  };
  await until('lines to be counted as dropped', async () => (await dropped()) > 0);
  api.child.kill('SIGTERM');
  assert.deepEqual(await api.exit(), { code: 0, signal: null });
});

// sonic-boom tries a pipe that nobody reads again and again in its flushSync, for ever.
for (const gone of [['stdout'], ['stdout', 'stderr']] as const) {
  test(`an exception nobody caught ends it with 70, also when nobody reads its ${gone.join(' and ')}`, async (t) => {
    const onSignal = 'process.on("SIGUSR2", () => { throw new Error("nobody caught this") })';
    const api = startApiProcess(t, tempFolder(t), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(onSignal)}`,
    });
    const port = await api.port();
    for (const stream of gone) api.child[stream]?.destroy();
    // Lines are waiting when it happens.
    await Promise.all(Array.from({ length: 20 }, () => ask(port, { path: '/api/v1/info' })));
    const start = performance.now();
    api.child.kill('SIGUSR2');
    assert.deepEqual(await api.exit(), { code: 70, signal: null });
    assert.ok(performance.now() - start < 10_000);
    if (!gone.includes('stderr' as never)) assert.match(api.stderr, /nobody caught this/);
  });
}
