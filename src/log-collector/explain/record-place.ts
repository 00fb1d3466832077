import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { identify, readHead, stampOf } from '../chain/file-identity.ts';
import { parseLogFileName, parsePodDirectory } from '../chain/log-path.ts';
import { CriHeader, parseCriHeader } from '../line/cri-line.ts';

/**
 * Where a record is from: what its `kubernetes`, `file` and `offset` say, as one word. The file is named by its
 * content, so the place stays true when rotation renames and compresses it.
 */
export interface RecordPlace {
  /** `<namespace>_<pod>_<uid>`. */
  readonly podDirectory: string;
  readonly container: string;
  readonly restart: number;
  /** 16 hex digits. */
  readonly fileId: string;
  readonly offset: number;
  /** Lines that were joined to it, if more than one. */
  readonly lines?: number;
}

export function formatPlace({ podDirectory, container, restart, fileId, offset, lines = 1 }: RecordPlace): string {
  return `${podDirectory}/${container}/${restart}/${fileId}@${offset}${lines === 1 ? '' : `+${lines}`}`;
}

/** @returns `undefined` for anything else, also for names that would lead out of the log root. */
export function parsePlace(text: string): RecordPlace | undefined {
  const match = /^([^/]+)\/([^/]+)\/(\d{1,9})\/([0-9a-f]{16})@(\d{1,15})(?:\+(\d{1,6}))?$/.exec(text);
  if (match === null) return undefined;
  const [, podDirectory = '', container = '', restart, fileId = '', offset, lines = 1] = match;
  if (parsePodDirectory(podDirectory) === undefined || container.startsWith('.')) return undefined;
  const place = { podDirectory, container, restart: Number(restart), fileId, offset: Number(offset) };
  return Number(lines) > 1 ? { ...place, lines: Number(lines) } : place;
}

/** Content identity of a log file; '' while its first line is not complete. */
export function fileIdOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const stamp = stampOf(fstatSync(fd, { bigint: true }));
    return identify(readHead(fd, path.endsWith('.gz')), stamp) ?? '';
  } finally {
    closeSync(fd);
  }
}

/** The very bytes on disk that a record was made of, all its pieces; `undefined` if they are no longer there. */
export function rawBytes(root: string, place: RecordPlace): Buffer | undefined {
  const directory = join(root, place.podDirectory, place.container);
  const names = namesIn(directory)
    .flatMap((name) => parseLogFileName(name) ?? [])
    .filter(({ restart }) => restart === place.restart)
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ name }) => name);
  const first = names.findIndex((name) => fileIdOf(join(directory, name)) === place.fileId);
  if (first === -1) return undefined;
  // Pieces and joined lines may go on in the file after a rotation; whatever is behind them does not matter.
  const files = names
    .slice(first, first + 2)
    .map((name, i) => contentOf(join(directory, name), i === 0 ? place.offset : 0));
  return files[0]?.length === 0 ? undefined : record(Buffer.concat(files), place.lines ?? 1);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Most of one file that is looked at: the longest line a collector can be set to, and headers between its pieces. */
const mostBytes = 20 * 1_048_576;
/** A log file is rotated at some megabytes; the kubelet comes by every ten seconds, so a flood makes larger ones. */
const mostUnpacked = 256 * 1_048_576;

/** Not the whole file: it may be larger than the memory of who asks. */
function contentOf(path: string, from: number): Buffer {
  if (path.endsWith('.gz')) return gunzipSync(readFileSync(path), { maxOutputLength: mostUnpacked }).subarray(from);
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(mostBytes, fstatSync(fd).size - from)));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
  } finally {
    closeSync(fd);
  }
}

function record(bytes: Buffer, lines: number): Buffer | undefined {
  const header = new CriHeader();
  const pieces: Buffer[] = [];
  let stream: number | undefined;
  let whole = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    const known = parseCriHeader(header, bytes, at, end);
    if (stream === undefined || (known && header.stream === stream)) {
      pieces.push(bytes.subarray(at, end));
      if (known) stream = header.stream;
      if ((!known || !header.partial) && ++whole === lines) break;
    }
    at = end;
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces);
}
