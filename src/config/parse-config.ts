import { closest } from 'fastest-levenshtein';
import type { Static, TObject, TSchema } from 'typebox';
// The narrow entry: 'typebox/value' drags the whole library in and costs every program some 100 ms at start.
import { Errors } from 'typebox/schema';
import { parseDocument } from 'yaml';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { sha256Hex } from '../sha256.ts';
import { listSettings, type Setting } from './schema.ts';
import { setsNothing } from './sets-nothing.ts';

export type Source = 'default' | 'file' | 'environment';

/** A configuration that passed its schema: frozen, with the origin of each value. */
export interface LoadedConfig<S extends TObject> {
  readonly value: Static<S>;
  /** Where each setting's value came from, by dotted path. */
  readonly sources: ReadonlyMap<string, Source>;
  /** First 12 hex digits of SHA-256 over the effective values: equal configurations have equal hashes. */
  readonly hash: string;
  /** `JOURNEY_*` variables that name no setting, each with the nearest one that exists. */
  readonly warnings: readonly string[];
}

export interface ParseConfigOptions {
  /** Name shown in errors, usually the file's path. */
  readonly fileName: string;
  /** YAML (or JSON) text; `undefined` when there is no file. */
  readonly fileText: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `JOURNEY_*` variables other programs or the CLI own, which are not worth a warning. */
  readonly knownEnv?: readonly string[];
}

export type Tree = { [key: string]: unknown };

/**
 * Merges default < file < environment and checks the result.
 *
 * @throws JourneyError `config-invalid` listing every problem at once: unknown key (with the nearest known name),
 * wrong type, value out of bounds, YAML syntax (with line and column).
 */
export function parseConfig<S extends TObject>(schema: S, options: ParseConfigOptions): LoadedConfig<S> {
  const settings = listSettings(schema);
  const known = new Map(settings.map((s) => [s.path, s]));
  const problems: string[] = [];
  const tree: Tree = {};
  const sources = new Map<string, Source>();

  for (const s of settings) {
    put(tree, s.path, s.default);
    sources.set(s.path, 'default');
  }
  for (const [path, value] of leaves(readFile(options, problems), known)) {
    const s = known.get(path);
    if (s === undefined) {
      problems.push(`unknown key '${path}'${nearest(path, [...known.keys()])}`);
    } else {
      check(s, value, `'${path}'`, problems);
      put(tree, path, value);
      sources.set(path, 'file');
    }
  }
  for (const s of settings) {
    const raw = options.env[s.env];
    if (raw === undefined) continue;
    const value = fromText(s.schema, raw);
    check(s, value, `environment variable ${s.env}`, problems);
    put(tree, s.path, value);
    sources.set(s.path, 'environment');
  }
  if (problems.length > 0) {
    throw new JourneyError('config-invalid', { source: options.fileName, reason: problems.join('; ') });
  }
  return {
    value: deepFreeze(tree) as Static<S>,
    sources,
    hash: hashOf(tree, settings),
    warnings: strangers(options, settings),
  };
}

function readFile({ fileText, fileName }: ParseConfigOptions, problems: string[]): Tree {
  if (fileText === undefined || setsNothing(fileText)) return {};
  try {
    const document = parseDocument(fileText, { prettyErrors: true });
    const [error] = document.errors;
    if (error !== undefined) {
      problems.push(reasonOf(error.message.split('\n')[0]));
      return {};
    }
    // maxAliasCount guards against alias expansion bombs.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return {};
    if (isTree(value)) return value;
    problems.push('the top level must be a mapping of sections');
  } catch (error) {
    problems.push(`${fileName} is not YAML: ${reasonOf(error)}`);
  }
  return {};
}

/** Flattens a parsed file to dotted paths, stopping at known settings so that lists and maps stay whole. */
function* leaves(tree: Tree, known: ReadonlyMap<string, Setting>, prefix = ''): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isSection = [...known.keys()].some((k) => k.startsWith(`${path}.`));
    if (isSection && isTree(value)) yield* leaves(value, known, path);
    // A section written without content (`cache:`) means "all defaults".
    else if (isSection && value === null) continue;
    else yield [path, value];
  }
}

function check(s: Setting, value: unknown, where: string, problems: string[]): void {
  for (const error of Errors(s.schema, value)[1]) {
    if (error.keyword === 'boolean') continue; // echo of additionalProperties
    const allowed = (error.params as { allowedValues?: unknown[] }).allowedValues;
    const limit = allowed === undefined ? error.message : `must be one of ${allowed.join(', ')}`;
    const shown = s.notes.secret === true ? '***' : JSON.stringify(value);
    problems.push(`${where}${error.instancePath} is ${shown}: ${limit}`);
  }
}

/** Reads an environment variable as its setting's type; text that does not fit is left for the check to refuse. */
function fromText(schema: TSchema, raw: string): unknown {
  const type = (schema as { type?: string }).type;
  const text = raw.trim();
  if (type === 'string' || type === undefined) return raw;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : raw;
  if (type === 'integer' || type === 'number') return /^[-+]?[0-9.]+(e[-+]?\d+)?$/i.test(text) ? Number(text) : raw;
  try {
    return JSON.parse(text);
  } catch {
    return type === 'array' ? text.split(',').map((item) => item.trim()) : raw;
  }
}

function strangers({ env, knownEnv = [] }: ParseConfigOptions, settings: readonly Setting[]): string[] {
  const names = new Set([...settings.map((s) => s.env), ...knownEnv]);
  return Object.keys(env)
    .filter((name) => name.startsWith('JOURNEY_') && !names.has(name))
    .map((name) => `environment variable ${name} names no setting${nearest(name, [...names])}`);
}

function nearest(name: string, candidates: readonly string[]): string {
  return candidates.length === 0 ? '' : `; did you mean '${closest(name, candidates)}'?`;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets the value under a dotted path, making the sections on the way. */
export function put(tree: Tree, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() as string;
  let node = tree;
  for (const name of names) {
    node[name] ??= {};
    node = node[name] as Tree;
  }
  node[last] = structuredClone(value);
}

/** Identity of a set of values: equal for equal values, whatever order a file has them in. */
export function hashOf(tree: unknown, settings: readonly Setting[]): string {
  const canonical = JSON.stringify(settings.map((s) => [s.path, at(tree, s.path)]));
  return sha256Hex(canonical).slice(0, 12);
}

/** The value under a dotted path. */
export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree);
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
