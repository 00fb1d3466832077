import type { Static, TObject } from 'typebox';
import { at, deepFreeze, hashOf, type LoadedConfig, put, type Source, type Tree } from './parse-config.ts';
import { listSettings } from './schema.ts';

/** What a reload comes to once settings that only a restart applies have kept their running values. */
export interface HeldConfig<S extends TObject> {
  readonly config: LoadedConfig<S>;
  /** Paths whose new value is in force from now on. */
  readonly applied: readonly string[];
  /** Paths whose new value waits for a restart. */
  readonly pendingRestart: readonly string[];
}

/**
 * Merges a freshly parsed configuration into the running one. Values, sources and hash of the result are those in
 * force, so that nobody reading `current.value.server.port` sees a port the program does not listen on.
 */
export function holdRestartSettings<S extends TObject>(
  schema: S,
  running: LoadedConfig<S>,
  next: LoadedConfig<S>,
): HeldConfig<S> {
  const settings = listSettings(schema);
  const tree: Tree = {};
  const sources = new Map<string, Source>();
  const applied: string[] = [];
  const pendingRestart: string[] = [];
  for (const { path, notes } of settings) {
    const changed = JSON.stringify(at(running.value, path)) !== JSON.stringify(at(next.value, path));
    const held = changed && notes.restart === true;
    if (changed) (held ? pendingRestart : applied).push(path);
    const from = held ? running : next;
    put(tree, path, at(from.value, path));
    sources.set(path, from.sources.get(path) ?? 'default');
  }
  const value = deepFreeze(tree) as Static<S>;
  return { config: { ...next, value, sources, hash: hashOf(tree, settings) }, applied, pendingRestart };
}
