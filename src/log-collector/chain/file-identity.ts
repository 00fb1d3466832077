import { type BigIntStats, fstatSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { sha256Hex } from '../../sha256.ts';
import { skipTime } from '../line/cri-line.ts';
import { parseDockerLine } from '../line/docker-line.ts';

/** What the file system says about a file. */
export interface FileStamp {
  readonly dev: string;
  readonly ino: string;
  /** Nanoseconds; '0' where the file system keeps no birth time. */
  readonly birth: string;
  readonly size: number;
}

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    dev: String(stats.dev),
    ino: String(stats.ino),
    birth: String(stats.birthtimeNs),
    size: Number(stats.size),
  };
}

/** Longest part of a first line that goes into the identity. */
export const headBytes = 65_536;

/**
 * Identity of a log file by content: SHA-256 over its first line, which begins (CRI) or ends (docker, so the whole line
 * counts: SumoLogic/sumologic-kubernetes-collection#2916) with a nanosecond time. It survives renaming, compression
 * and a restore from backup, and tells a new file on a reused inode from the old one (fluent-bit#4895).
 *
 * A first line without a time is not unique, so the inode and its birth are mixed in: better to read such a file
 * twice than to skip it.
 *
 * @returns `undefined` while the first line is not complete.
 */
export function identify(head: Buffer, stamp: FileStamp): string | undefined {
  let end = head.indexOf(0x0a);
  if (end === -1 || end > headBytes) {
    if (head.length < headBytes) return undefined;
    end = headBytes;
  }
  const line = head.subarray(0, end);
  const timed = skipTime(line, 0, line.length) !== -1 || parseDockerLine(line, 0, line.length) !== undefined;
  return sha256Hex(line, timed ? '' : `\n${stamp.dev} ${stamp.ino} ${stamp.birth}`).slice(0, 16);
}

/** First bytes of an open file, unpacked if it is gzip; an unreadable gzip gives none. */
export function readHead(fd: number, gz: boolean): Buffer {
  if (!gz) return readStart(fd, headBytes);
  for (const length of [4_096, headBytes]) {
    const head = unpack(readStart(fd, length));
    if (head.includes(0x0a) || head.length >= headBytes) return head.subarray(0, headBytes + 1);
  }
  return Buffer.alloc(0);
}

function readStart(fd: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.min(length, Math.max(0, fstatSync(fd).size)));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
}

function unpack(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}
