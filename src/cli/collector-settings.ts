import { readFile } from 'node:fs/promises';
import { parseConfig, put, type Tree } from '../config/parse-config.ts';
import type { ShownConfig } from '../config/show-config.ts';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import { checkConfig } from '../log-collector/check-config.ts';
import { type CollectorConfig, collectorConfigSchema } from '../log-collector/config.ts';
import type { StreamView } from '../log-collector/streams-view.ts';
import type { CliContext } from './context.ts';
import { type FolderOption, folderOption } from './folder-option.ts';
import { ask, runningSocket } from './running-stack.ts';
import { urlOf } from './welcome.ts';

export interface CollectorSettingsOptions extends FolderOption {
  /** Address of a running collector's HTTP server. */
  readonly collector?: string;
}

/** The settings a collector has, and what it follows, if one could be asked. */
export interface CollectorSettings {
  readonly config: CollectorConfig;
  /** A collector's address, a file, or neither: the defaults. */
  readonly from: { readonly url: string } | { readonly file: string } | undefined;
  readonly streams: readonly StreamView[] | undefined;
}

const deadlineMs = 5_000;

/**
 * Asks the collector that is named, else the one of the stack in the data folder; where none runs, reads the file that
 * it would begin with.
 *
 * @throws JourneyError `collector-away` if the one that is named does not answer, `config-invalid`
 */
export async function collectorSettings(
  context: CliContext,
  options: CollectorSettingsOptions,
): Promise<CollectorSettings> {
  if (options.collector !== undefined) {
    try {
      return await askCollector(options.collector.replace(/\/+$/, ''));
    } catch (error) {
      throw new JourneyError('collector-away', { url: options.collector, reason: reasonOf(error) }, { cause: error });
    }
  }
  const folder = folderOption(options, context);
  const socket = runningSocket(folder, context);
  const running = socket === undefined ? undefined : await runningUrl(folder, socket).catch(() => undefined);
  // A stack that is on its way up or down; its settings are those of its file.
  const asked = running === undefined ? undefined : await askCollector(running).catch(() => undefined);
  if (asked !== undefined) return asked;
  const file = folder.configFile('log-collector');
  const fileText = await readFile(file, 'utf8').catch(() => undefined);
  const config = parseConfig(collectorConfigSchema, { fileName: file, fileText, env: context.host.env }).value;
  checkConfig(config);
  return { config, from: fileText === undefined ? undefined : { file }, streams: undefined };
}

async function runningUrl(folder: ReturnType<typeof folderOption>, socket: string): Promise<string | undefined> {
  const { status } = await ask(folder, socket, { op: 'status' }, AbortSignal.timeout(deadlineMs));
  const collector = status.programs.find(({ name }) => name === 'log-collector');
  return collector?.port === undefined ? undefined : urlOf(collector);
}

async function askCollector(url: string): Promise<CollectorSettings> {
  const get = async <T>(path: string) => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(deadlineMs) });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
    return (await answer.json()) as T;
  };
  const [{ settings }, { streams }] = await Promise.all([
    get<ShownConfig>('/config'),
    get<{ readonly streams: readonly StreamView[] }>('/streams'),
  ]);
  const tree: Tree = {};
  for (const { path, value } of settings) put(tree, path, value);
  return { config: tree as unknown as CollectorConfig, from: { url }, streams };
}
