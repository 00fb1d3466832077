import { readFile } from 'node:fs/promises';
import { setsNothing } from '../../config/sets-nothing.ts';

/** What a configuration file sets, by dotted path; only the scalars, which is all we ask for. */
export type FileSettings = ReadonlyMap<string, string | number | boolean>;

/**
 * Reads what a program's file sets, to know where the program will listen. It judges nothing: an invalid file is the
 * program's to refuse, with its own message.
 */
export async function fileSettings(file: string): Promise<FileSettings> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (setsNothing(text)) return new Map();
  const { parse } = await import('yaml');
  try {
    return new Map(scalars(parse(text) as unknown));
  } catch {
    return new Map();
  }
}

function* scalars(value: unknown, path = ''): Generator<[string, string | number | boolean]> {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') yield [path, value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, child] of Object.entries(value)) yield* scalars(child, path === '' ? name : `${path}.${name}`);
}
