import { setTimeout as delay } from 'node:timers/promises';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { files } from '../files-async.ts';

/** How long a changed text must stay the same before it counts. */
const settleMs = 50;
/** A file that never settles is taken as it is after this many reads. */
const maxReads = 20;

/** @throws JourneyError `config-invalid` when the file cannot be read. */
export async function readConfigFile(file: string): Promise<string> {
  try {
    return await files.readFile(file, 'utf8');
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

/**
 * Reads until two reads agree when the text differs from `known`. An editor that writes in place empties the file
 * first, and an empty file is valid (all defaults): taken at its word, a save would briefly undo every setting.
 */
export async function readSettledConfigFile(
  file: string,
  known: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  let text = await readConfigFile(file);
  for (let reads = 1; text !== known && reads < maxReads; reads++) {
    await delay(settleMs, undefined, { signal, ref: false });
    const again = await readConfigFile(file);
    if (again === text) break;
    text = again;
  }
  return text;
}
