import { parseInstanceKey, parseLogFileName } from '../chain/log-path.ts';
import type { ChainState } from '../checkpoint/checkpoint-data.ts';
import { selectorOf } from '../metadata/label-selector.ts';

/** What a client of {@link FollowServer} wants to see. Empty lists mean everything. */
export interface FollowRequest {
  readonly namespaces: readonly string[];
  /** Names of Pods, or beginnings of them up to a dash: `api` is `api-578dcbbcd7-cjqkv` too. `shop/api` is of that namespace. */
  readonly pods: readonly string[];
  readonly containers: readonly string[];
  /** As `kubectl -l`; '' is no wish. */
  readonly labels: string;
  /** How many of the last lines of each container to begin with. */
  readonly lines: number;
  /** Whether to go on with what is written from now on. */
  readonly follow: boolean;
  /** Where an earlier stream had come to: the last mark of each container. Then `lines` means nothing. */
  readonly from: Readonly<Record<string, ChainState>> | undefined;
}

/** Most of the last lines that can be asked for. */
const mostLines = 100_000;

/** Checks what came over the wire. @throws Error that says what is wrong. */
export function parseFollowRequest(text: string): FollowRequest {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error('the request is no object');
  const { lines = 0, follow = false, labels = '', from } = value;
  if (typeof lines !== 'number' || !Number.isInteger(lines) || lines < 0 || lines > mostLines) {
    throw new Error(`lines is no whole number from 0 to ${mostLines}`);
  }
  if (typeof follow !== 'boolean') throw new Error('follow is neither true nor false');
  if (typeof labels !== 'string' || labels.length > 4_096) throw new Error('labels is no selector');
  selectorOf('labels', labels);
  return {
    namespaces: names(value, 'namespaces'),
    pods: names(value, 'pods'),
    containers: names(value, 'containers'),
    labels,
    lines,
    follow,
    from: from === undefined ? undefined : marks(from),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function names(request: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const value = request[key] ?? [];
  const isName = (each: unknown) => typeof each === 'string' && each.length > 0 && each.length <= 320;
  if (Array.isArray(value) && value.length <= 1_000 && value.every(isName)) return value as readonly string[];
  throw new Error(`${key} is no list of names`);
}

function marks(value: unknown): Readonly<Record<string, ChainState>> {
  if (!isObject(value)) throw new Error('from is no object');
  for (const [key, mark] of Object.entries(value)) {
    if (parseInstanceKey(key) === undefined || !isMark(mark)) throw new Error(`from: ${key} is no mark of ours`);
  }
  return value as Readonly<Record<string, ChainState>>;
}

function isMark(value: unknown): value is ChainState {
  if (!isObject(value)) return false;
  const { files, streams, finished } = value;
  if (![files, streams, finished].every(Array.isArray)) return false;
  return (
    (files as unknown[]).every(
      (file) =>
        isFile(file) && ['dev', 'ino', 'birth'].every((key) => typeof file[key] === 'string' && file[key] !== ''),
    ) &&
    (finished as unknown[]).every((file) => isFile(file) && typeof file['id'] === 'string') &&
    (streams as unknown[]).length === 3 &&
    (streams as unknown[]).every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount))
  );
}

function isFile(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  const { id, name, size } = value;
  const named = typeof name === 'string' && parseLogFileName(name) !== undefined;
  return named && isCount(size) && (id === undefined || (typeof id === 'string' && /^[0-9a-f]{16}$/.test(id)));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
