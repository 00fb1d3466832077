import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The moments of one rotation, in the order of pkg/kubelet/logs/container_log_manager.go. */
export type RotationStep =
  | 'cleaned'
  | 'removedExcess'
  | 'compressedTmp'
  | 'compressedBoth'
  | 'compressed'
  | 'renamed'
  | 'reopened';

export interface RotateOptions {
  /** Called after each step; between `renamed` and `reopened` the runtime still writes into the renamed file. */
  readonly on?: Partial<Record<RotationStep, () => void | Promise<void>>>;
  /** The runtime refuses to reopen: the kubelet renames back. */
  readonly failReopen?: boolean;
}

export interface FakeContainerOptions {
  readonly root: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly uid?: string;
  readonly container?: string;
  /** `containerLogMaxFiles`. */
  readonly maxFiles?: number;
}

/**
 * One container's logs as kubelet and container runtime make them: real files, the real order of operations, and a
 * runtime that keeps its descriptor. Time is simulated: each record is a microsecond later, each rotation a second.
 */
export class FakeContainer {
  readonly podDirectory: string;
  readonly directory: string;
  readonly #maxFiles: number;
  restart = 0;
  #fd: number | undefined;
  #micros = Date.UTC(2026, 10, 25, 6, 0, 0) * 1_000;
  #rotations = 0;

  constructor({
    root,
    namespace = 'shop',
    pod = 'api-0',
    uid = 'uid-1',
    container = 'main',
    maxFiles = 5,
  }: FakeContainerOptions) {
    this.podDirectory = join(root, `${namespace}_${pod}_${uid}`);
    this.directory = join(this.podDirectory, container);
    this.#maxFiles = maxFiles;
    mkdirSync(this.directory, { recursive: true });
    this.#open();
  }

  get live(): string {
    return join(this.directory, `${this.restart}.log`);
  }

  #open(): void {
    this.#fd = openSync(this.live, 'a', 0o640);
  }

  /** An RFC 3339 time with nanoseconds, later than the one before. */
  time(): string {
    this.#micros += 1;
    const iso = new Date(Math.floor(this.#micros / 1_000)).toISOString().slice(0, 19);
    return `${iso}.${String(this.#micros % 1_000_000).padStart(6, '0')}001Z`;
  }

  /** One CRI record in one write, as containerd does. */
  write(text: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout', tag: 'F' | 'P' = 'F'): void {
    const head = Buffer.from(`${this.time()} ${stream} ${tag} `);
    this.raw(Buffer.concat([head, Buffer.from(text), Buffer.from('\n')]));
  }

  /** Many `seq=` lines in few writes. */
  writeSequence(from: number, count: number, pad = ''): void {
    let text = '';
    for (let n = from; n < from + count; n++) text += `${this.time()} stdout F seq=${n}${pad}\n`;
    this.raw(Buffer.from(text));
  }

  raw(bytes: Buffer | string): void {
    if (this.#fd === undefined) throw new Error('the container does not run');
    writeSync(this.#fd, Buffer.from(bytes as string));
  }

  /** Names in the directory, oldest first, live last. */
  names(): string[] {
    return readdirSync(this.directory).sort((a, b) =>
      a.endsWith('.log') ? 1 : b.endsWith('.log') ? -1 : a < b ? -1 : 1,
    );
  }

  #rotated(): string[] {
    return readdirSync(this.directory)
      .filter((name) => name.startsWith(`${this.restart}.log.`))
      .sort();
  }

  async rotate({ on = {}, failReopen = false }: RotateOptions = {}): Promise<string> {
    const path = (name: string) => join(this.directory, name);
    for (const name of this.#rotated()) {
      if (name.endsWith('.tmp') || existsSync(path(`${name}.gz`))) rmSync(path(name));
    }
    await on.cleaned?.();
    const rotated = this.#rotated();
    for (const name of rotated.splice(0, Math.max(0, rotated.length - (this.#maxFiles - 2)))) rmSync(path(name));
    await on.removedExcess?.();
    for (const name of rotated.filter((n) => !n.endsWith('.gz'))) {
      writeFileSync(path(`${name}.tmp`), gzipSync(readFileSync(path(name))));
      await on.compressedTmp?.();
      renameSync(path(`${name}.tmp`), path(`${name}.gz`));
      await on.compressedBoth?.();
      rmSync(path(name));
      await on.compressed?.();
    }
    const second = new Date(Date.UTC(2026, 10, 25, 7, 0, 0) + ++this.#rotations * 1_000);
    const stamp = second.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
    const target = `${this.restart}.log.${stamp}`;
    renameSync(this.live, path(target));
    await on.renamed?.();
    if (failReopen) {
      renameSync(path(target), this.live);
      return target;
    }
    const before = this.#fd;
    this.#open();
    if (before !== undefined) closeSync(before);
    await on.reopened?.();
    return target;
  }

  /** The container ends; its files stay, and are never rotated again. */
  end(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** The kubelet starts it once more: the next restart number, a new file. */
  restartContainer(): void {
    this.end();
    this.restart++;
    this.#open();
  }

  /** The Pod is deleted, and its directory with it. */
  deletePod(): void {
    this.end();
    rmSync(this.podDirectory, { recursive: true });
  }
}
