// What the options `--store redis://…` and `--follow` promise, with the real command line: one stack for all of it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { redisKeys } from '../../src/cache/redis-keys.ts';
import { RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { StackProcess } from './stack-process.ts';

const keys = redisKeys('journey');

test('a stack on Redis whose lines are followed', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const stack = new StackProcess(t);
  const status = await stack.start(['--store', server.url, '--follow']);
  const url = `http://127.0.0.1:${status.programs.find((p) => p.name === 'api')?.port}`;
  const lineOf = (printed: string, text: string) =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => line['service'] === 'api' && JSON.stringify(line).includes(text));
  const ask = async (path: string) => assert.equal((await fetch(`${url}${path}`)).status, 200);

  await t.test('--store redis:// keeps data and clean-up runs in that Redis, and makes no file', async () => {
    const body = JSON.stringify({ key: 'kept', value: { in: 'Redis' } });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await fetch(`${url}/api/v1/data`, { method: 'POST', headers, body })).status, 201);
    assert.equal(await server.command('HGET', keys.data('kept'), 'value'), '{"in":"Redis"}');
    assert.equal(stack.run(['cleanup']).code, 0);
    const [record = ''] = (await server.command('LRANGE', keys.cleanupRuns, '0', '-1')) as string[];
    assert.equal(JSON.parse(record).mode, 'expire', 'what a new folder is configured to do every hour');
    assert.ok(existsSync(join(stack.folder, '.journey/config')));
    assert.ok(!existsSync(join(stack.folder, '.journey/data/journey.sqlite')));
  });

  await t.test('start --follow prints what the programs print, as it is, apart from what it says itself', async () => {
    await ask('/api/v1/hello?name=printed');
    await until('the request of the API', () => lineOf(stack.stdout, '/api/v1/hello'));
    assert.doesNotMatch(stack.stderr, /"service"/);
    assert.match(stack.stderr, /Ctrl-C/);
  });

  await t.test(
    'logs --follow shows the last lines and what comes, of the programs named; Ctrl-C ends it with 130',
    async () => {
      const follower = stack.follow(['logs', 'api', '--follow', '--lines', '3']);
      await until('the last lines', () => lineOf(follower.stdout, '/api/v1/hello'));
      assert.equal(lineOf(follower.stdout, '/api/v1/info'), undefined);
      await until('what comes', async () => {
        await ask('/api/v1/info');
        return lineOf(follower.stdout, '/api/v1/info');
      });
      assert.ok(follower.running);
      assert.doesNotMatch(follower.stdout, /"(kubernetes|service":"(log-collector|cleanup-job))"/);
      assert.deepEqual([await follower.end('SIGINT'), follower.stderr], [130, '']);
    },
  );

  await t.test('a follower that starts while lines come misses none and repeats none', async () => {
    const follower = stack.follow(['logs', 'api', '--follow', '--lines', '1']);
    const numbers = () => [...follower.stdout.matchAll(/"requestId":"number-(\d+)"/g)].map(([, n]) => Number(n));
    let asked = 0;
    let stopAt = 20_000;
    for (; asked < stopAt; asked++) {
      const headers = { 'x-request-id': `number-${asked}` };
      assert.equal((await fetch(`${url}/api/v1/hello`, { headers })).status, 200);
      if (stopAt === 20_000 && follower.stdout !== '') stopAt = asked + 200;
    }
    await until('the last one', () => numbers().includes(asked - 1));
    await follower.end('SIGINT');
    const [first = asked] = numbers();
    assert.deepEqual(
      numbers(),
      Array.from({ length: asked - first }, (_, i) => first + i),
    );
  });

  await t.test('a follower that is not stopped sees the stack’s last words and ends with it, with 0', async () => {
    const follower = stack.follow(['logs', '--follow', '--lines', '1']);
    await until('something is followed', async () => {
      await ask('/api/v1/config');
      return lineOf(follower.stdout, '/api/v1/config');
    });
    assert.equal(await stack.stop('SIGINT'), 0);
    assert.deepEqual([await follower.end(), follower.stderr], [0, '']);
    assert.ok(lineOf(follower.stdout, '"msg":"stopped"'));
  });
});
