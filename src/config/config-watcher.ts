import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TObject } from 'typebox';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { at, type LoadedConfig, parseConfig } from './parse-config.ts';
import { listSettings } from './schema.ts';

export interface ConfigWatcherOptions<S extends TObject> {
  readonly schema: S;
  /** Path of the one configuration file; `undefined` means defaults and environment only, and nothing is watched. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly knownEnv?: readonly string[];
  /** Fallback poll, for file systems and events that notify nobody. Default 5 000 ms. */
  readonly pollMs?: number;
  readonly now?: () => number;
}

/** What changed, for the log: dotted paths only, never values, since a value may be a secret. */
export interface ConfigChange {
  readonly applied: readonly string[];
  /** Changed settings that only a restart applies; the running value stays. */
  readonly needRestart: readonly string[];
}

export interface RejectedReload {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string;
}

export interface ConfigEvents {
  reloaded(change: ConfigChange): void;
  rejected(rejected: RejectedReload): void;
  /** The directory cannot be watched (inotify limits); polling goes on. */
  degraded(reason: string): void;
}

/**
 * The live configuration of one program.
 *
 * It watches the *directory*, because the kubelet publishes a ConfigMap by swapping the `..data` link and an editor
 * by renaming over the file: in both cases the file itself never changes. Events only hasten the look; whether
 * anything changed is decided by content (jimmidyson/configmap-reload#190, open-feature/flagd#42). An invalid or
 * missing file keeps the last good configuration.
 */
export class ConfigWatcher<S extends TObject> {
  readonly #options: ConfigWatcherOptions<S>;
  readonly #listeners = new Set<Partial<ConfigEvents>>();
  readonly #now: () => number;
  #current: LoadedConfig<S>;
  #loadedAt: number;
  #text: string | undefined;
  #rejected: RejectedReload | undefined;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();

  private constructor(options: ConfigWatcherOptions<S>, text: string | undefined, first: LoadedConfig<S>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#text = text;
    this.#current = first;
    this.#loadedAt = this.#now();
  }

  /** Loads once and starts watching. @throws JourneyError `config-invalid` (also when the named file is missing). */
  static async start<S extends TObject>(options: ConfigWatcherOptions<S>): Promise<ConfigWatcher<S>> {
    const text = options.file === undefined ? undefined : await readText(options.file);
    const watcher = new ConfigWatcher(options, text, parse(options, text));
    watcher.#watch();
    return watcher;
  }

  get current(): LoadedConfig<S> {
    return this.#current;
  }

  /** When {@link current} was loaded, in milliseconds since the epoch. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** The last reload that was refused, until one succeeds. */
  get rejected(): RejectedReload | undefined {
    return this.#rejected;
  }

  get file(): string | undefined {
    return this.#options.file;
  }

  get schema(): S {
    return this.#options.schema;
  }

  /** @returns a function that ends the subscription. */
  on(listener: Partial<ConfigEvents>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the file now; resolves when the look is over. Never rejects. */
  check(): Promise<void> {
    this.#busy = this.#busy.then(() => this.#look());
    return this.#busy;
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    this.#listeners.clear();
  }

  #watch(): void {
    const { file, pollMs = 5_000 } = this.#options;
    if (file === undefined) return;
    this.#poll = setInterval(() => void this.check(), pollMs);
    this.#poll.unref();
    try {
      this.#watcher = watch(dirname(file), { persistent: false }, () => {
        // One swap arrives as several events; look once they have settled.
        clearTimeout(this.#soon);
        this.#soon = setTimeout(() => void this.check(), 20);
        this.#soon.unref();
      });
      this.#watcher.on('error', (error) => this.#degrade(error));
    } catch (error) {
      this.#degrade(error);
    }
  }

  #degrade(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#emit('degraded', reasonOf(error));
  }

  async #look(): Promise<void> {
    let text: string | undefined;
    try {
      text = await readText(this.#options.file as string);
      if (text === this.#text && this.#rejected === undefined) return;
      if (text === this.#text) return this.#recover();
      const next = parse(this.#options, text);
      this.#text = text;
      this.#rejected = undefined;
      this.#apply(next);
    } catch (error) {
      const reason = reasonOf(error);
      // The same fault seen again by the poll is not news.
      if (this.#rejected?.reason === reason) return;
      this.#rejected = { at: this.#now(), reason };
      this.#emit('rejected', this.#rejected);
    }
  }

  /** The file is back to what is already running (an edit undone, a lost file restored). */
  #recover(): void {
    this.#rejected = undefined;
    this.#emit('reloaded', { applied: [], needRestart: [] });
  }

  #apply(next: LoadedConfig<S>): void {
    const before = this.#current;
    const applied: string[] = [];
    const needRestart: string[] = [];
    for (const s of listSettings(this.#options.schema)) {
      if (JSON.stringify(at(before.value, s.path)) === JSON.stringify(at(next.value, s.path))) continue;
      (s.notes.restart === true ? needRestart : applied).push(s.path);
    }
    this.#current = next;
    this.#loadedAt = this.#now();
    this.#emit('reloaded', { applied, needRestart });
  }

  #emit<E extends keyof ConfigEvents>(event: E, payload: Parameters<ConfigEvents[E]>[0]): void {
    for (const listener of this.#listeners) (listener[event] as ((p: typeof payload) => void) | undefined)?.(payload);
  }
}

function parse<S extends TObject>(options: ConfigWatcherOptions<S>, fileText: string | undefined): LoadedConfig<S> {
  const { schema, file, env, knownEnv } = options;
  const fileName = file ?? 'environment';
  return parseConfig(schema, { fileName, fileText, env, ...(knownEnv === undefined ? {} : { knownEnv }) });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : reasonOf(error);
    throw new JourneyError(
      'config-invalid',
      { source: file, reason: `${reason}; create it or correct the path` },
      { cause: error },
    );
  }
}
