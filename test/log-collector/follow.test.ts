// Reading along: the last lines, and then what comes, through rotation, deletion, broken connections and a replaced collector.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { placeOf as placeOfRecord } from '../../src/cli/cluster-logs/record-printer.ts';
import { redactor } from '../../src/log-collector/line/redactor.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { assertExact } from './support/accounting.ts';
import { type Following, follow, serve } from './support/follow-bench.ts';
import { node } from './support/run-collector.ts';

const until: typeof untilSoon = (what, condition, options = {}) =>
  untilSoon(what, condition, { timeoutMs: 40_000, ...(options as object) });
const texts = ({ records }: Following) => records.map(({ log }) => log);

suite('follow', { concurrency: 4 }, () => {
  test('begins with the last lines, over a rotation if need be, and goes on with what comes', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 100);
    await container.rotate();
    container.writeSequence(100, 3);
    const { url } = await serve(t, bench);
    const five = follow(t, url, { lines: 5 });
    await until('the last five', () => five.caughtUp);
    assert.deepEqual(texts(five), ['seq=98', 'seq=99', 'seq=100', 'seq=101', 'seq=102']);
    const none = follow(t, url, { lines: 0 });
    await until('the end', () => none.caughtUp);
    container.writeSequence(103, 2);
    await container.rotate();
    container.writeSequence(105, 2);
    await until('what came', () => five.records.length === 9 && none.records.length === 4);
    assert.deepEqual(texts(none), ['seq=103', 'seq=104', 'seq=105', 'seq=106']);
    assert.deepEqual(texts(five).slice(5), texts(none));
  });

  test('asked for more than there is, it gives all there is, once; without --follow it ends', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 50);
    await container.rotate();
    container.writeSequence(50, 50);
    const { url } = await serve(t, bench);
    const all = follow(t, url, { lines: 1_000, follow: false });
    assert.equal(await all.ended, undefined);
    assertExact(texts(all), 100);
  });

  test('a flood with rotations, the Pod deleted at its end: every line once', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { url } = await serve(t, bench);
    const following = follow(t, url);
    await until('it to be heard', () => following.caughtUp);
    for (let round = 0; round < 12; round++) {
      container.writeSequence(round * 500, 500, ` ${'x'.repeat(200)}`);
      if (round % 4 === 3) await container.rotate();
    }
    await until('the reader holds the last file', () => following.records.length > 0);
    rmSync(container.podDirectory, { recursive: true });
    await until('all of it', () => following.records.length >= 6_000);
    assertExact(texts(following), 6_000);
    assert.deepEqual(following.lost, []);
    await until('the container to be forgotten', () => Object.keys(following.marks).length === 0);
  });

  test('goes on where it was after a cut, at a successor of the collector, with rotations in between', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const idle = new FakeContainer({ ...bench, pod: 'idle-0', uid: 'uid-2' });
    idle.write('old');
    container.writeSequence(0, 2_000, ` ${'x'.repeat(100)}`);
    const first = await serve(t, bench);
    const before = follow(t, first.url, { lines: 100_000 });
    await until('some', () => before.records.length > 10);
    await before.cut();
    await first.server.close();
    await container.rotate();
    container.writeSequence(2_000, 500);
    await container.rotate();
    container.writeSequence(2_500, 500);
    const late = new FakeContainer({ ...bench, pod: 'late-0', uid: 'uid-3' });
    late.write('new');
    const second = await serve(t, bench);
    const after = follow(t, second.url, { from: before.marks });
    const all = () => [...texts(before), ...texts(after)];
    await until('the rest', () => after.caughtUp && all().length >= 3_002);
    const numbered = all().filter((text) => text.startsWith('seq='));
    assertExact(numbered, 3_000);
    assert.deepEqual(
      all()
        .filter((text) => !text.startsWith('seq='))
        .sort(),
      ['new', 'old'],
    );
    assert.deepEqual(after.lost, []);
  });

  test('what was rotated away meanwhile is a number, to the byte', async (t) => {
    const bench = node(t);
    const container = new FakeContainer({ ...bench, maxFiles: 2 });
    container.writeSequence(0, 10);
    const { url } = await serve(t, bench);
    const before = follow(t, url, { lines: 10 });
    await until('the first lines', () => before.caughtUp && before.records.length === 10);
    await before.cut();
    // Seven lines of the file it was in, known to nobody but the kubelet: a number, if not a large one.
    container.writeSequence(10, 7);
    for (let n = 0; n < 3; n++) {
      await container.rotate();
      container.write(`after ${n}`);
    }
    const unknown = follow(t, url, { from: before.marks });
    await until('the newest', () => unknown.caughtUp && texts(unknown).includes('after 2'));
    const key = `shop_api-0_uid-1/main/0`;
    assert.deepEqual(unknown.lost, [{ key, reason: 'rotated_away', bytes: 0 }]);
    await unknown.cut();
    // And what a mark knows of, to the byte.
    const mark = before.marks[key] ?? assert.fail('no mark');
    const [file] = mark.files;
    const grown = { ...mark, files: [{ ...file, size: (file?.size ?? 0) + 123 }] } as typeof mark;
    const known = follow(t, url, { from: { [key]: grown } });
    await until('the newest again', () => known.caughtUp);
    assert.deepEqual(known.lost, [{ key, reason: 'rotated_away', bytes: 123 }]);
  });

  test('selects by namespace, Pod, container and label', async (t) => {
    const bench = node(t);
    const pods = [
      { namespace: 'shop', pod: 'api-5d9-x1', uid: 'u1', container: 'main' },
      { namespace: 'shop', pod: 'api-5d9-x1', uid: 'u1', container: 'proxy' },
      { namespace: 'shop', pod: 'apiary', uid: 'u2', container: 'main' },
      { namespace: 'web', pod: 'api', uid: 'u3', container: 'main' },
      { namespace: 'web', pod: 'unknown', uid: 'u4', container: 'main' },
    ];
    for (const pod of pods) new FakeContainer({ ...bench, ...pod }).write(`${pod.uid} ${pod.container}`);
    const labels: Record<string, Record<string, string>> = { u1: { app: 'a' }, u2: { app: 'b' }, u3: { app: 'a' } };
    const infoOf = ({ uid }: { uid: string }) =>
      labels[uid] === undefined ? undefined : { labels: labels[uid], annotations: {}, owner: undefined };
    const { url } = await serve(t, bench, { answers: { infoOf } });
    const shown = async (request: Parameters<typeof follow>[2]) => {
      const following = follow(t, url, { lines: 10, follow: false, ...request });
      assert.equal(await following.ended, undefined);
      return texts(following).sort();
    };
    assert.deepEqual(await shown({ namespaces: ['web'] }), ['u3 main', 'u4 main']);
    assert.deepEqual(await shown({ pods: ['api'] }), ['u1 main', 'u1 proxy', 'u3 main']);
    assert.deepEqual(await shown({ pods: ['web/api', 'shop/apiary'] }), ['u2 main', 'u3 main']);
    assert.deepEqual(await shown({ pods: ['api'], containers: ['proxy'] }), ['u1 proxy']);
    assert.deepEqual(await shown({ labels: 'app=a,app' }), ['u1 main', 'u1 proxy', 'u3 main']);
    assert.deepEqual(await shown({ labels: '!app' }), [], 'whose labels are not known is not shown');
  });

  test('what must not leave the node does not, and raw bytes neither', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('password=hunter2');
    const rules = ['password=(?<secret>\\S+)'];
    const { url } = await serve(t, bench, {
      redact: () => redactor(rules),
      env: { JOURNEY_RECORDS_REDACT: JSON.stringify(rules) },
    });
    const following = follow(t, url, { lines: 1, follow: false });
    await following.ended;
    assert.deepEqual(texts(following), ['password=[redacted]']);
    const answer = await fetch(`${url}/raw?place=${encodeURIComponent(placeOf(following))}`);
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /records\.redact/);
  });

  test('raw gives the very bytes, also when the file has been renamed and compressed, and of nobody left out', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('before');
    container.write('begun, ', 'stdout', 'P');
    container.write('ended');
    const { url } = await serve(t, bench);
    const following = follow(t, url, { lines: 10, follow: false });
    await following.ended;
    const place = encodeURIComponent(placeOf(following));
    await container.rotate();
    container.write('x');
    await container.rotate();
    const answer = await fetch(`${url}/raw?place=${place}`);
    assert.match(await answer.text(), /^\S+ stdout P begun, \n\S+ stdout F ended\n$/);
    const closed = await serve(t, bench, { isExcluded: () => true });
    assert.equal((await fetch(`${closed.url}/raw?place=${place}`)).status, 404);
    assert.equal((await fetch(`${url}/raw?place=..%2F..%2Fetc%2Fpasswd`)).status, 400);
  });

  test('the place of a joined record leads to all its lines', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('java.lang.Error: no');
    container.write('other', 'stderr');
    container.write('\tat a.B.c(B.java:1)');
    const { url } = await serve(t, bench, { env: { JOURNEY_RECORDS_TRACES_RULES: 'shop/*/*=java' } });
    const following = follow(t, url, { lines: 10 });
    const joined = () => following.records.find(({ lines }) => lines === 2);
    const place = placeOfRecord(await until('the trace', joined));
    assert.match(place, /@0\+2$/);
    const answer = await fetch(`${url}/raw?place=${encodeURIComponent(place)}`);
    assert.match(await answer.text(), /^\S+ stdout F java.lang.Error: no\n\S+ stdout F \tat a.B.c\(B.java:1\)\n$/);
  });

  test('a client that does not read stops the reading; when it reads on, nothing is missing', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { server, url } = await serve(t, bench);
    const request = JSON.stringify({ lines: 0, follow: true });
    const socket = connect(server.port, '127.0.0.1');
    t.after(() => socket.destroy());
    const head = `POST /follow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${request.length}\r\n\r\n`;
    socket.write(head + request);
    await once(socket, 'readable');
    const count = 40_000;
    const before = process.memoryUsage.rss();
    for (let n = 0; n < count; n += 1_000) container.writeSequence(n, 1_000, ` ${'x'.repeat(500)}`);
    // Another one proves that the server has not stopped altogether.
    const other = follow(t, url);
    await until('another client to be served', () => other.caughtUp);
    assert.ok(process.memoryUsage.rss() - before < 64 * 2 ** 20, 'what it does not read is not kept in memory');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until('the last line', () => text.includes(`seq=${count - 1} `), { timeoutMs: 60_000, everyMs: 50 });
    assertExact(
      [...text.matchAll(/"log":"(seq=\d+)/g)].map(([, log]) => log ?? ''),
      count,
    );
  });

  test('turns away what is not for it', async (t) => {
    const bench = node(t);
    const { server, url } = await serve(t, bench, { maxSessions: 1 });
    const ask = (body: string) => fetch(`${url}/follow`, { method: 'POST', body });
    for (const [body, reason] of [
      ['{', /JSON/],
      ['[]', /no object/],
      ['{"lines":-1}', /lines/],
      ['{"lines":1e9}', /lines/],
      ['{"pods":"api"}', /pods/],
      ['{"labels":"a b c"}', /no selector/],
      ['{"from":{"../../etc/0":{}}}', /no mark/],
      ['{"from":{"a_b_c/d/0":{"files":[{"name":"../x"}],"streams":[],"finished":[]}}}', /no mark/],
    ] as const) {
      const answer = await ask(body);
      assert.equal(answer.status, 400, body);
      assert.match(await answer.text(), reason);
    }
    const unknown = await ask('{"labels":"app=a"}');
    assert.equal(unknown.status, 409);
    assert.match(await unknown.text(), /metadata\.source/);
    const first = follow(t, url);
    await until('the first to be heard', () => first.caughtUp);
    const second = await ask('{}');
    assert.equal(second.status, 503);
    assert.match(await second.text(), /maxSessions/);
    await first.cut();
    await until('its place to be free', async () => {
      const third = follow(t, url, { follow: false });
      return (await third.ended) === undefined;
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /raw?place=x HTTP/1.1\r\nHost: logs.example.com\r\nConnection: close\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 421 /);
  });

  test('a collector that stops tells its clients to come again', async (t) => {
    const bench = node(t);
    new FakeContainer(bench).write('x');
    const { server, url } = await serve(t, bench);
    const following = follow(t, url, { lines: 1 });
    await until('it to be heard', () => following.caughtUp);
    await server.close();
    await following.ended;
    assert.equal(following.closing, true);
  });
});

function placeOf({ records }: Following): string {
  return placeOfRecord(records.at(-1) ?? assert.fail('no record'));
}
