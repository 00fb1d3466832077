// Rows of research §4 that concern files: rotation, compression, truncation, restarts; the number is the row's.
import assert from 'node:assert/strict';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Counters } from '../../src/log-collector/counters.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { account, assertExact } from './support/accounting.ts';
import { node, run } from './support/run-collector.ts';

/** A busy machine may take its time. */
const until: typeof untilSoon = (what, condition, options = {}) =>
  untilSoon(what, condition, { timeoutMs: 40_000, ...(options as object) });

/** Waits until the collector has looked at the folder so many times more, so that it has seen what is there now. */
async function scanned(counters: Counters, times: number): Promise<void> {
  const target = counters.scans + times;
  await until(`${times} scans`, () => counters.scans >= target);
}

const time = '2026-11-25T06:00:00.000000001Z';

suite('files', { concurrency: 4 }, () => {
  test('#2 a record cut by rotation is one record, from the place of its first piece', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('before');
    container.write('first half, ', 'stdout', 'P');
    const { sink } = await run(t, bench);
    await until('the line before', () => sink.records.length === 1);
    await container.rotate();
    container.write('second half');
    await until('the joined record', () => sink.records.length === 2);
    const [before, joined] = sink.records;
    assert.equal(joined?.log, 'first half, second half');
    assert.equal(joined?.file, before?.file);
    assert.equal(joined?.offset, Buffer.byteLength(`${before?.time} stdout F before\n`));
    assert.equal(joined?.flags, undefined);
  });

  test('#2 the same with a restart of ours between the halves, and the rotated file compressed by then', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('first half, ', 'stdout', 'P');
    container.write('meanwhile', 'stderr');
    const before = await run(t, bench);
    await until('the line on stderr', () => before.sink.records.length === 1);
    await before.stop();
    await container.rotate();
    container.write('second half');
    await container.rotate();
    container.write('after');
    assert.deepEqual(
      container.names().map((name) => name.endsWith('.gz')),
      [true, false, false],
    );
    const { sink, counters } = await run(t, bench);
    await until('both records', () => sink.records.length === 2);
    assert.deepEqual(
      sink.records.map((r) => [r.stream, r.log]),
      [
        ['stdout', 'first half, second half'],
        ['stdout', 'after'],
      ],
    );
    assert.equal(counters.gzResumed, 1);
  });

  test('#13 a new file on the inode of the old one is read from its start, even with equal content', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.end();
    writeFileSync(container.live, '1\n');
    const first = await run(t, bench);
    await until('the first file', () => first.sink.records.length === 1);
    await first.stop();
    // The inode is free now and most file systems give it out again at once.
    rmSync(container.live);
    writeFileSync(container.live, '1\n');
    const second = await run(t, bench);
    await until('the second file', () => second.sink.records.length === 1);
    unlinkSync(container.live);
    writeFileSync(container.live, '1\n');
    await until('the third file, while running', () => second.sink.records.length === 2);
  });

  test('#14 a stored offset behind the end of the file: read from its start at once, with a word', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const line = `${time} stdout F seq=0\n`;
    container.raw(line);
    container.raw(`${time} stdout F ${'x'.repeat(10_000)}\n`);
    const before = await run(t, bench);
    await until('both lines', () => before.sink.records.length === 2);
    await before.stop();
    truncateSync(container.live, line.length);
    const { sink, counters, log } = await run(t, bench);
    await until('the first line again', () => sink.records.length === 1, { timeoutMs: 1_000 });
    assert.equal(counters.truncations, 1);
    assert.ok(log.some((entry) => entry.level === 'warn' && /cut/.test(entry.msg)));
  });

  test('#17 rotated and compressed while running: nothing is read twice', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink, counters } = await run(t, bench);
    for (let round = 0; round < 6; round++) {
      container.writeSequence(round * 100, 100);
      // Half of the files are finished with when they are compressed, half are not.
      if (round % 2 === 0) await until('what was written', () => sink.records.length >= (round + 1) * 100);
      await container.rotate({ on: { compressedBoth: () => scanned(counters, 2) } });
    }
    await until('everything', () => sink.records.length >= 600);
    await scanned(counters, 4);
    assertExact(sink.texts(), 600);
  });

  for (const [name, times, compressed] of [
    ['#18 rotated once while we were down: the rest of the old file, then the new one', 1, 0],
    ['#18 rotated and compressed three times while we were down', 3, 1],
  ] as const) {
    test(name, async (t) => {
      const bench = node(t);
      const container = new FakeContainer(bench);
      container.writeSequence(0, 50);
      const before = await run(t, bench);
      await until('the first lines', () => before.sink.records.length === 50);
      await before.stop();
      for (let round = 1; round <= times; round++) {
        container.writeSequence(round * 50, 50);
        await container.rotate();
      }
      const sent = (times + 2) * 50;
      container.writeSequence(sent - 50, 50);
      const { sink, counters } = await run(t, bench);
      await until('the others', () => sink.records.length >= sent - 50);
      assertExact([...before.sink.texts(), ...sink.texts()], sent);
      // The kubelet leaves the newest rotated file as it is.
      assert.equal(counters.gzResumed, compressed);
    });
  }

  test('#20 rotated past maxFiles while we were down: the loss is a number', async (t) => {
    const bench = node(t);
    const container = new FakeContainer({ ...bench, maxFiles: 3 });
    const before = await run(t, bench, { env: { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576' } });
    before.sink.stalled = true;
    container.writeSequence(0, 20_000);
    await until('reading has stopped', () => before.collector.pendingBytes > 262_144);
    await before.stop(0);
    assert.equal(before.sink.records.length, 0, 'nothing was taken, so nothing may count as delivered');
    const size = readFileSync(container.live).length;
    for (let round = 0; round < 3; round++) {
      await container.rotate();
      container.writeSequence(20_000 + round * 10, 10);
    }
    const { sink, counters, log } = await run(t, bench);
    await until('what is left', () => sink.texts().at(-1) === 'seq=20029');
    assert.deepEqual(account(sink.texts(), 20_030).missing.length, 20_000);
    assert.ok(counters.lost.rotated_away >= size, `${counters.lost.rotated_away} of ${size}`);
    assert.ok(log.some((entry) => entry.level === 'error' && /lost/.test(entry.msg)));
  });

  test('a stream that stays silent after our restart keeps no file: none is held, none counted as lost later', async (t) => {
    const bench = node(t);
    const container = new FakeContainer({ ...bench, maxFiles: 3 });
    container.write('once', 'stderr');
    container.writeSequence(0, 50);
    const first = await run(t, bench);
    await until('the first lines', () => first.sink.records.length === 51);
    await first.stop();
    const second = await run(t, bench);
    for (let round = 1; round < 6; round++) {
      await container.rotate();
      container.writeSequence(round * 50, 50);
      await until('the next lines', () => second.sink.records.length === round * 50);
    }
    const chain = [...second.collector.chains.values()][0];
    await until('the live file is the only one left', () => chain?.files.length === 1);
    await second.crash();
    const third = await run(t, bench);
    container.writeSequence(300, 50);
    await until('the last lines', () => third.sink.records.length === 50);
    assert.deepEqual(Object.values(third.counters.lost).filter(Boolean), []);
  });

  test('#21 a flood with rotation every mebibyte: nothing lost while the kubelet still has it', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink } = await run(t, bench);
    const pad = ` ${'x'.repeat(100)}`;
    let sent = 0;
    for (let round = 0; round < 12; round++) {
      for (let part = 0; part < 7; part++) {
        container.writeSequence(sent, 1_000, pad);
        sent += 1_000;
      }
      // The kubelet keeps four rotated files: a reader may be that far behind and lose nothing.
      await until('no more than three files behind', () => sink.records.length >= sent - 3 * 7_000);
      await container.rotate();
    }
    await until('everything', () => sink.records.length >= sent);
    assertExact(sink.texts(), sent);
  });

  test('#22 lines written into the renamed file before the runtime reopens', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { sink, counters } = await run(t, bench);
    await until('the first lines', () => sink.records.length === 10);
    await container.rotate({
      on: {
        renamed: async () => {
          await scanned(counters, 3);
          container.writeSequence(10, 10);
        },
        reopened: () => container.writeSequence(20, 10),
      },
    });
    await until('everything', () => sink.records.length >= 30);
    assertExact(sink.texts(), 30);
    assert.equal(counters.rotations, 1);
  });

  test('a line that a slow writer puts into the old file after the new one has begun is read, in its place', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { sink, counters } = await run(t, bench, { env: { JOURNEY_READER_ROTATION_SETTLE_MS: '1500' } });
    await until('the first lines', () => sink.records.length === 10);
    const late = openSync(container.live, 'a');
    t.after(() => closeSync(late));
    await container.rotate();
    container.writeSequence(11, 10);
    await scanned(counters, 3);
    writeSync(late, `${time} stdout F seq=10\n`);
    await until('everything', () => sink.records.length >= 21);
    assertExact(sink.texts(), 21);
  });

  test('a reopen that fails is renamed back, and reading goes on', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink, counters } = await run(t, bench);
    container.writeSequence(0, 10);
    for (let round = 1; round <= 3; round++) {
      await container.rotate({
        failReopen: true,
        on: {
          renamed: () => scanned(counters, 3),
        },
      });
      container.writeSequence(round * 10, 10);
    }
    await until('everything', () => sink.records.length >= 40);
    assertExact(sink.texts(), 40);
  });

  test('files rotated several times between two scans are read too, in order', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink } = await run(t, bench, { env: { JOURNEY_LOGS_SCAN_MS: '2000' } });
    container.writeSequence(0, 10);
    await until('the first lines', () => sink.records.length === 10);
    for (let round = 1; round <= 3; round++) {
      await container.rotate();
      container.writeSequence(round * 10, 10);
    }
    await until('everything', () => sink.records.length >= 40);
    assertExact(sink.texts(), 40);
  });

  test('#37 bytes unread when a file is cut are counted as lost', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { sink, counters, collector } = await run(t, bench, {
      env: { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576' },
    });
    await until('the first lines', () => sink.records.length === 10);
    sink.stalled = true;
    const line = `${time} stdout F ${'x'.repeat(1_000)}\n`;
    container.raw(line.repeat(3_000));
    const chain = [...collector.chains.values()][0];
    const seen = () => chain?.files.reduce((n, f) => n + f.read, 0) ?? 0;
    await until('reading has stopped', () => counters.readBytes > 0 && collector.pendingBytes > 262_144);
    const read = seen();
    truncateSync(container.live, 0);
    container.writeSequence(10, 10);
    sink.stalled = false;
    await until('the lines after the cut', () => sink.texts().at(-1) === 'seq=19');
    const delivered = sink.records.length - 20;
    assert.equal(counters.truncations, 1);
    assert.ok(counters.lost.truncated > 0 && read > 0);
    assert.ok(
      delivered * line.length + counters.lost.truncated >= 3_000 * line.length - line.length,
      'all bytes are accounted for',
    );
  });

  test('a file cut and grown beyond the old offset is noticed by its content', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { sink } = await run(t, bench);
    await until('the first lines', () => sink.records.length === 10);
    const bytes = Array.from({ length: 200 }, (_, n) => `${container.time()} stdout F seq=${n + 10}\n`).join('');
    // One system call from the collector's point of view: cut and larger than before.
    container.end();
    writeFileSync(container.live, bytes);
    await until('the new content', () => sink.records.length >= 210);
    assertExact(sink.texts(), 210);
  });

  test('a damaged gzip is given up and said, the files behind it are read', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 2_000, ` ${'x'.repeat(50)}`);
    const rotated = join(container.directory, await container.rotate());
    const whole = gzipSync(readFileSync(rotated));
    writeFileSync(`${rotated}.gz`, whole.fill(0, Math.floor(whole.length / 2)));
    rmSync(rotated);
    container.writeSequence(2_000, 10);
    const { sink, counters, log } = await run(t, bench);
    await until('the live file', () => sink.texts().at(-1) === 'seq=2009');
    assert.ok(counters.lost.unreadable > 0);
    assert.ok(log.some((entry) => entry.level === 'error' && /cannot be read/.test(entry.msg)));
  });

  test('a directory moved away and back is followed', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { sink, collector } = await run(t, bench);
    await until('the first lines', () => sink.records.length === 10);
    renameSync(container.podDirectory, `${bench.root}-elsewhere`);
    await until('it is gone', () => collector.chains.size === 0);
  });
});

test('a stop also reads the new file behind one that was rotated a moment ago', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 1);
  // Long enough that the rotated file cannot have settled before the stop.
  const { sink, collector, stop } = await run(t, bench, { env: { JOURNEY_READER_ROTATION_SETTLE_MS: '500' } });
  await until('the first line', () => sink.records.length === 1);
  await container.rotate();
  await until('the new file is known', () => [...collector.chains.values()].some(({ files }) => files.length === 2));
  container.writeSequence(1, 10);
  await stop(5_000);
  assertExact(sink.texts(), 11);
});

test('a stop right after the start reads a compressed file and what follows it', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 20_000);
  await container.rotate();
  container.writeSequence(20_000, 10);
  await container.rotate();
  container.writeSequence(20_010, 10);
  const { sink, stop } = await run(t, bench);
  await stop(5_000);
  assertExact(sink.texts(), 20_020);
});
