import { JourneyError } from '../../errors/journey-error.ts';
import { parsePlace, rawBytes } from '../../log-collector/explain/record-place.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';

export interface LogsRawOptions extends FolderOption {
  readonly root?: string;
}

/** `journey logs raw`: the very bytes on disk that a record was made of, at the place `--where` shows. */
export async function logsRaw(context: CliContext, text: string, options: LogsRawOptions): Promise<number> {
  const root = options.root ?? folderOption(options, context).podLogs;
  const place = parsePlace(text);
  const bytes = place === undefined ? undefined : rawBytes(root, place);
  if (bytes === undefined) throw new JourneyError('log-place-unknown', { place: text, folder: root });
  context.stdout.write(bytes);
  return exitCodes.ok;
}
