import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { ChainState } from '../../src/log-collector/checkpoint/checkpoint-data.ts';
import { CheckpointStore } from '../../src/log-collector/checkpoint/checkpoint-store.ts';
import { Journal } from '../../src/log-collector/checkpoint/journal.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A chain of which the sink has taken `offset` bytes. */
const at = (offset: number): ChainState => ({ files: [], streams: [[0, offset]], finished: [] });

/** A collector's use of the store. It dies by {@link die}, which does what a SIGKILL does to files: close them. */
class Life {
  readonly store: CheckpointStore;
  readonly taken: Record<string, number>;
  readonly damaged: number;

  private constructor(store: CheckpointStore, taken: Record<string, number>, damaged: number) {
    this.store = store;
    this.taken = taken;
    this.damaged = damaged;
  }

  static async start(folder: string, bootId?: string): Promise<Life> {
    const store = new CheckpointStore(folder, new Journal(folder, bootId));
    const { data, damaged } = await store.load();
    const taken = Object.entries(data.chains).map(([key, { streams }]) => [key, streams[0]?.[1] ?? 0]);
    return new Life(store, Object.fromEntries(taken), damaged.length);
  }

  take(key: string, offset: number): void {
    this.taken[key] = offset;
    this.store.note([{ key, state: at(offset) }]);
  }

  forget(key: string): void {
    delete this.taken[key];
    this.store.note([{ key }]);
  }

  /** @param meanwhile runs between taking down the data and writing it. */
  async save(meanwhile = () => {}): Promise<void> {
    this.store.begin();
    const chains = Object.fromEntries(Object.entries(this.taken).map(([key, offset]) => [key, at(offset)]));
    meanwhile();
    await this.store.save({ chains });
  }

  /** @param during what is taken in a save that never ends. */
  die(during?: () => void): Record<string, number> {
    if (during !== undefined) this.store.begin();
    during?.();
    this.store.close();
    return this.taken;
  }
}

const journals = (folder: string) => readdirSync(folder).filter((name) => name.includes('journal'));

const checkpoints = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ file: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }))
    .map(({ file, text }) => ({ file, text, generation: JSON.parse(text.split('\n')[0] ?? '').generation as number }))
    .toSorted((a, b) => a.generation - b.generation);

function damageNewest(folder: string): void {
  const { file, text } = checkpoints(folder).at(-1) as { file: string; text: string };
  writeFileSync(file, text.slice(0, -10));
}

/** Replaces the end of the line that took `key` in whichever journal has it. */
function tear(folder: string, key: string): void {
  const path = journals(folder)
    .map((name) => join(folder, name))
    .find((name) => readFileSync(name, 'utf8').includes(`"${key}"`)) as string;
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"${key}"`, '"torn"'));
}

async function savedOnce(t: TestContext): Promise<{ folder: string; life: Life }> {
  const folder = tempFolder(t);
  const life = await Life.start(folder);
  life.taken['x'] = 0;
  await life.save();
  return { folder, life };
}

describe('journals of the checkpoint', () => {
  test('killed during a save, and again during the first save after that, forgets nothing', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.take('x', 1);
    life.take('y', 1);
    life.die(() => life.take('x', 2));
    const taken: Record<string, number> = { x: 2, y: 1 };
    for (let n = 0; n < 5; n++) {
      const next = await Life.start(folder);
      assert.deepEqual(next.taken, taken);
      taken[`z${n}`] = n;
      next.die(() => next.take(`z${n}`, n));
    }
    assert.deepEqual((await Life.start(folder)).taken, taken);
  });

  test('what is forgotten stays forgotten over a save that was killed', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.take('y', 1);
    life.die(() => life.forget('x'));
    const next = await Life.start(folder);
    next.die(() => {});
    assert.deepEqual((await Life.start(folder)).taken, { y: 1 });
  });

  test('a save that fails and is tried again in the same process is behind all of its notes', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.store.begin();
    life.take('x', 1);
    life.store.begin();
    life.take('x', 2);
    await life.save(() => life.take('x', 3));
    life.take('y', 1);
    assert.deepEqual((await Life.start(folder)).taken, life.die());
  });

  test('starts that are killed in their first save leave no journal, others one each until a save ends', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.take('x', 1);
    life.die();
    for (let n = 0; n < 5; n++) (await Life.start(folder)).die(() => {});
    assert.equal(journals(folder).length, 1);
    for (let n = 2; n < 7; n++) {
      const next = await Life.start(folder);
      for (let save = 0; save < 3; save++) {
        next.store.begin();
        next.take('x', n);
      }
      next.die();
    }
    assert.equal(journals(folder).length, 6);
    const last = await Life.start(folder);
    await last.save();
    assert.deepEqual(last.taken, { x: 6 });
    assert.equal(journals(folder).length, 6, 'the generation before is still exact');
    await last.save();
    assert.deepEqual(journals(folder), []);
  });

  for (const killed of [false, true]) {
    test(`the older generation with its journals is exact${killed ? ', also if a number was skipped' : ''}`, async (t) => {
      const { folder, life } = await savedOnce(t);
      life.take('x', 1);
      life.take('w', 1);
      let now = life;
      if (killed) {
        life.die(() => life.take('y', 1));
        now = await Life.start(folder);
      }
      await now.save(() => now.take('x', 2));
      assert.deepEqual(
        checkpoints(folder).map(({ generation }) => generation),
        [1, killed ? 3 : 2],
      );
      now.take('z', 1);
      const taken = now.die();
      damageNewest(folder);
      const next = await Life.start(folder);
      assert.equal(next.damaged, 1);
      assert.deepEqual(next.taken, taken);
      // The damaged one is what is written over, and its journals are no less worth now.
      next.die(() => next.take('z', 2));
      const last = await Life.start(folder);
      assert.deepEqual(last.taken, { ...taken, z: 2 });
      await last.save();
      assert.equal(checkpoints(folder).length, 2);
      assert.equal((await Life.start(folder)).damaged, 0);
    });
  }

  test('with both generations damaged the journals alone count', async (t) => {
    const { folder, life } = await savedOnce(t);
    await life.save(() => life.take('x', 2));
    life.die();
    damageNewest(folder);
    const [older] = checkpoints(folder);
    writeFileSync(older?.file as string, 'torn');
    const next = await Life.start(folder);
    assert.equal(next.damaged, 2);
    assert.deepEqual(next.taken, { x: 2 });
  });

  test('a damaged journal counts up to the damage, and those behind it count', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.die(() => {
      life.take('a', 1);
      life.take('b', 1);
      life.take('c', 1);
    });
    const second = await Life.start(folder);
    second.die(() => second.take('d', 1));
    tear(folder, 'b');
    const third = await Life.start(folder);
    assert.deepEqual(third.taken, { x: 0, a: 1, d: 1 });
  });

  test('journals of another boot do not count, those of this one behind them do', async (t) => {
    const folder = tempFolder(t);
    const life = await Life.start(folder, 'first boot');
    life.taken['x'] = 0;
    await life.save();
    life.die(() => life.take('x', 1));
    const second = await Life.start(folder, 'second boot');
    assert.deepEqual(second.taken, { x: 0 });
    second.die(() => second.take('y', 1));
    assert.deepEqual((await Life.start(folder, 'second boot')).taken, { x: 0, y: 1 });
  });

  test('journals under the names of an older version are replayed once', async (t) => {
    const { folder, life } = await savedOnce(t);
    await life.save();
    life.die();
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const line = (value: object) => {
      const json = JSON.stringify(value);
      return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
    };
    const former = (slot: string, generation: number, offset: number) =>
      writeFileSync(
        join(folder, `checkpoint.${slot}.journal`),
        line({ generation, boot }) + line({ key: 'x', state: at(offset) }),
      );
    former('a', 2, 1);
    former('b', 3, 2);
    const next = await Life.start(folder);
    assert.deepEqual(next.taken, { x: 2 });
    next.die(() => {});
    const again = await Life.start(folder);
    assert.deepEqual(again.taken, { x: 2 });
    again.taken['x'] = 3;
    await again.save();
    again.die();
    assert.deepEqual((await Life.start(folder)).taken, { x: 3 });
    assert.ok(!journals(folder).some((name) => name.startsWith('checkpoint.')));
    writeFileSync(join(folder, 'checkpoint.a.journal'), 'torn');
    assert.deepEqual((await Life.start(folder)).taken, { x: 3 });
    assert.ok(!journals(folder).some((name) => name.startsWith('checkpoint.')));
  });

  test('a folder that cannot be written is loaded, and every save and note says so', async (t) => {
    const { folder, life } = await savedOnce(t);
    life.die(() => life.take('x', 1));
    const before = readdirSync(folder);
    chmodSync(folder, 0o555);
    for (const file of before) chmodSync(join(folder, file), 0o444);
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      const next = await Life.start(folder);
      assert.deepEqual(next.taken, { x: 1 });
      await assert.rejects(next.save(), { code: 'EACCES' });
      assert.throws(() => next.take('x', 2), { code: 'EACCES' });
      next.die();
    } finally {
      if (root) process.seteuid?.(0);
      chmodSync(folder, 0o755);
    }
    assert.deepEqual(readdirSync(folder), before);
    assert.deepEqual((await Life.start(folder)).taken, { x: 1 });
  });

  test('an entry that does not fit tears no line, and no save after it is behind what is older', async (t) => {
    const folder = tempFolder(t);
    const source = join(import.meta.dirname, '../../src/log-collector/checkpoint/checkpoint-store.ts');
    const script = `
      const { CheckpointStore } = await import(${JSON.stringify(source)});
      const at = (offset) => ({ files: [], streams: [[0, offset]], finished: [] });
      const store = new CheckpointStore(${JSON.stringify(folder)});
      await store.load();
      const codes = [];
      const noteTooMuch = () => {
        try { store.note([{ key: 'x', state: at(2) }, { key: '-'.repeat(10_000) }]); } catch (error) { codes.push(error.code); }
      };
      for (let save = 0; save < 3; save++) {
        store.begin();
        noteTooMuch();
      }
      store.note([{ key: 'x', state: at(1) }]);
      noteTooMuch();
      store.note([{ key: 'y', state: at(1) }]);
      if (process.argv[1] === 'save') {
        store.begin();
        await store.save({ chains: { x: at(2), y: at(1) } });
      }
      process.stdout.write(codes.join());
    `;
    for (const [what, taken] of [
      ['', { x: 1, y: 1 }],
      ['save', { x: 2, y: 1 }],
    ] as const) {
      const args = ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script, what];
      const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
      assert.equal(stdout, 'EFBIG,EFBIG,EFBIG,EFBIG', stderr);
      if (what === '') assert.equal(journals(folder).length, 1);
      assert.deepEqual((await Life.start(folder)).taken, taken);
    }
  });
});
