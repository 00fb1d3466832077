import { watch as fsWatch } from 'node:fs';
import { dirname } from 'node:path';
import type { Static, TObject } from 'typebox';
import { reasonOf } from '../errors/journey-error.ts';
import { type HeldConfig, holdRestartSettings } from './hold-restart-settings.ts';
import { type LoadedConfig, parseConfig } from './parse-config.ts';
import { readConfigFile, readSettledConfigFile } from './read-config-file.ts';

/** The part of `fs.watch` we use. */
export type WatchDirectory = (
  directory: string,
  options: { readonly persistent: boolean },
  listener: () => void,
) => DirectoryWatcher;
export interface DirectoryWatcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export interface ConfigWatcherOptions<S extends TObject> {
  readonly schema: S;
  /** Path of the one configuration file; `undefined` means defaults and environment only, and nothing is watched. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly knownEnv?: readonly string[];
  /** Fallback poll, for file systems and events that notify nobody. Default 5 000 ms. */
  readonly pollMs?: number;
  readonly now?: () => number;
  readonly watch?: WatchDirectory;
  /** Throws for what the schema cannot say, such as a text that must be a regular expression. */
  readonly check?: (value: Static<S>) => void;
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
  readonly #closing = new AbortController();
  #current: LoadedConfig<S>;
  #loadedAt: number;
  #text: string | undefined;
  #pendingRestart: readonly string[] = [];
  #rejected: RejectedReload | undefined;
  #watcher: DirectoryWatcher | undefined;
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
    const text = options.file === undefined ? undefined : await readConfigFile(options.file);
    const watcher = new ConfigWatcher(options, text, parse(options, text));
    watcher.#watch();
    return watcher;
  }

  /** The configuration in force. A changed setting marked `restart` keeps its running value here. */
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

  /** Settings whose value in the file differs from the running one and waits for a restart. */
  get pendingRestart(): readonly string[] {
    return this.#pendingRestart;
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
    this.#closing.abort();
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    this.#listeners.clear();
  }

  #watch(): void {
    const { file, pollMs = 5_000, watch = fsWatch } = this.#options;
    if (file === undefined) return;
    this.#poll = setInterval(() => void this.check(), pollMs);
    this.#poll.unref();
    try {
      this.#watcher = watch(dirname(file), { persistent: false }, () => this.#lookSoon());
      this.#watcher.on('error', (error) => this.#degrade(error));
    } catch (error) {
      // A turn later, so that whoever starts us can subscribe first.
      setImmediate(() => this.#degrade(error));
    }
  }

  /** One swap arrives as several events and a busy directory as an endless stream: one look for all of 20 ms. */
  #lookSoon(): void {
    if (this.#soon !== undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      void this.check();
    }, 20);
    this.#soon.unref();
  }

  #degrade(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#emit('degraded', reasonOf(error));
  }

  async #look(): Promise<void> {
    const { file, schema } = this.#options;
    if (file === undefined || this.#closing.signal.aborted) return;
    let held: HeldConfig<S>;
    try {
      const text = await readSettledConfigFile(file, this.#text, this.#closing.signal);
      if (text === this.#text) return this.#recover();
      held = holdRestartSettings(schema, this.#current, parse(this.#options, text));
      // A file may be right as a whole, and not together with what only a restart changes.
      if (held.pendingRestart.length > 0) this.#options.check?.(held.config.value);
      this.#text = text;
    } catch (error) {
      return this.#reject(reasonOf(error));
    }
    const { config, applied, pendingRestart } = held;
    this.#current = config;
    this.#pendingRestart = pendingRestart;
    this.#rejected = undefined;
    this.#loadedAt = this.#now();
    this.#emit('reloaded', { applied, needRestart: pendingRestart });
  }

  #reject(reason: string): void {
    // The same fault seen again by the poll is not news.
    if (this.#closing.signal.aborted || this.#rejected?.reason === reason) return;
    this.#rejected = { at: this.#now(), reason };
    this.#emit('rejected', this.#rejected);
  }

  /** The file is what is already running; news only after a refusal (an edit undone, a lost file restored). */
  #recover(): void {
    if (this.#rejected === undefined) return;
    this.#rejected = undefined;
    this.#emit('reloaded', { applied: [], needRestart: this.#pendingRestart });
  }

  #emit<E extends keyof ConfigEvents>(event: E, payload: Parameters<ConfigEvents[E]>[0]): void {
    for (const listener of this.#listeners) {
      try {
        (listener[event] as ((p: typeof payload) => void) | undefined)?.(payload);
      } catch (error) {
        // A listener's bug is the program's crash, as with any event; it must not stop the watching or look like a bad file.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function parse<S extends TObject>(options: ConfigWatcherOptions<S>, fileText: string | undefined): LoadedConfig<S> {
  const { schema, file, env, knownEnv, check } = options;
  const fileName = file ?? 'environment';
  const config = parseConfig(schema, { fileName, fileText, env, ...(knownEnv === undefined ? {} : { knownEnv }) });
  check?.(config.value);
  return config;
}
