import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LossReason } from '../loss.ts';
import { headKept, PlainSource } from './byte-source.ts';
import { type ContainerChain, emptyId, type FinishedFile } from './container-chain.ts';
import { type FileStamp, headBytes, identify, readHead, stampOf } from './file-identity.ts';
import { GzipSource } from './gzip-source.ts';
import { LogFile } from './log-file.ts';
import { type LogFileName, liveOrder, oldestOrder, plainName } from './log-path.ts';

/** What happened to a chain's files between two looks at its directory. */
export interface MergeEvents {
  /** A file we follow was renamed: the kubelet rotated it. */
  rotated(chain: ContainerChain, file: LogFile): void;
  /** Files of the checkpoint that are nowhere any more. */
  rotatedAway(chain: ContainerChain, file: LogFile, bytes: number, reason: LossReason): void;
  /** Listed, but gone (or not to be opened) when we came to it. */
  missed(chain: ContainerChain, name: string, bytes: number, error: unknown): void;
  /** Reading goes on in the compressed form of a file that was plain before our restart. */
  resumedInGzip(chain: ContainerChain, file: LogFile): void;
}

/**
 * Brings a chain up to date with the names in its directory.
 *
 * A file we hold open is known by its inode, which cannot be given away meanwhile. Everything else is known by its
 * content: a `.gz` whose first line we have seen is what we have read (vector#7990), a file at a reused inode with
 * another first line is a new one (fluent-bit#4895).
 */
export function mergeDirectory(
  chain: ContainerChain,
  names: readonly LogFileName[],
  startAtEnd: boolean,
  events: MergeEvents,
): void {
  const present = new Set<LogFile>();
  const sorted = [...names].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.gz ? 1 : -1));
  for (const finished of chain.finished) finished.missed++;
  // A file met while it was empty and not read since: know it now, before its compressed form turns up.
  for (const file of chain.files) file.id ??= file.source && identify(file.source.head(headBytes), file.stamp);
  for (const name of sorted) {
    const file = look(chain, name, startAtEnd, events);
    if (file !== undefined) present.add(file);
  }
  for (const name of chain.aliases.keys()) if (!names.some((n) => n.name === name)) chain.aliases.delete(name);
  for (const file of [...chain.files]) {
    if (present.has(file)) continue;
    if (file.source !== undefined) settleUnlinked(file, names);
    else if (file.restored && !file.drained) giveUp(chain, file, events);
  }
  // A rename may fall between two looks, with the old name seen in the one and the new in the other.
  const kept = chain.finished.filter((finished) => finished.missed < 4);
  chain.finished.splice(0, chain.finished.length, ...kept);
  chain.files.sort(byAge);
}

/** Drained files keep the order they were read in; the rest goes by name. */
function byAge(a: LogFile, b: LogFile): number {
  if (a.drained || b.drained) return Number(b.drained) - Number(a.drained);
  return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}

/** Looks into one name; returns the file of the chain that it is, if it is one still to be read. */
function look(
  chain: ContainerChain,
  { name, order, gz, live }: LogFileName,
  startAtEnd: boolean,
  events: MergeEvents,
): LogFile | undefined {
  const path = join(chain.directory, name);
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return undefined;
  const stamp = stampOf(stats);
  const held = chain.files.find(
    (f) => f.source !== undefined && f.stamp.ino === stamp.ino && f.stamp.dev === stamp.dev,
  );
  if (held !== undefined) {
    const rotated = held.order === liveOrder && !live;
    held.name = name;
    held.order = order;
    if (rotated) events.rotated(chain, held);
    return held;
  }
  const signature = `${stamp.ino} ${stamp.size}`;
  const alias = chain.aliases.get(name);
  if (alias?.signature === signature) {
    touch(chain.finished, (f) => isOf(f, alias.id, name));
    return undefined;
  }
  return open(chain, { name, order, gz, live, restart: 0 }, path, stamp, signature, startAtEnd, events);
}

/** Whether a file of this name and content is the one that is finished. */
function isOf(finished: FinishedFile, id: string | undefined, name: string): boolean {
  return finished.id === id && (id !== emptyId || finished.name === plainName(name));
}

function touch(finished: readonly FinishedFile[], is: (file: FinishedFile) => boolean): FinishedFile | undefined {
  const found = finished.find(is);
  if (found !== undefined) found.missed = 0;
  return found;
}

function open(
  chain: ContainerChain,
  { name, order, gz }: LogFileName,
  path: string,
  listed: FileStamp,
  signature: string,
  startAtEnd: boolean,
  events: MergeEvents,
): LogFile | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    events.missed(chain, name, listed.size, error);
    return undefined;
  }
  let keep = false;
  try {
    const stamp = stampOf(fstatSync(fd, { bigint: true }));
    const head = readHead(fd, gz);
    const id = identify(head, stamp);
    const plain = plainName(name);
    const twin = chain.files.find((f) => (id === undefined ? sameInode(f, stamp) : f.id === id));
    const content = id ?? (stamp.size === 0 ? emptyId : undefined);
    const done = touch(chain.finished, (f) => isOf(f, content, name) || (gz && f.name === plain));
    if (
      twin?.source !== undefined ||
      twin?.drained === true ||
      (gz && chain.files.some((f) => f.name === plain && f.source))
    ) {
      if (twin !== undefined && twin.order === liveOrder) Object.assign(twin, { name: plain, order });
      chain.aliases.set(name, { signature, id });
      return undefined;
    }
    if (done !== undefined && twin === undefined && (gz || stamp.size <= done.size)) {
      done.name = plain;
      chain.aliases.set(name, { signature, id: done.id });
      return undefined;
    }
    if (startAtEnd && gz && twin === undefined) {
      // Rotated long ago, and what is asked for is the end.
      chain.aliases.set(name, { signature, id });
      return undefined;
    }
    const file = twin ?? new LogFile({ name, order, gz, stamp, id });
    if (twin !== undefined) {
      if (gz && !twin.gz) events.resumedInGzip(chain, twin);
      // The size of the checkpoint stays: the reader compares it with what it finds.
      Object.assign(twin, { name, order, gz, stamp, ...(gz ? { size: Number.POSITIVE_INFINITY } : {}) });
    } else {
      // The kubelet does not write to a finished file; whoever did, only the new part is new.
      if (done !== undefined) file.read = done.size;
      else if (startAtEnd) {
        file.read = stamp.size;
        // The live file comes last; a restart before its next line must not begin at its start.
        chain.committed.fill({ file, offset: stamp.size });
      }
      chain.files.push(file);
    }
    if (id !== undefined && !gz) file.head = Buffer.from(head.subarray(0, headKept));
    file.source = gz ? new GzipSource(fd) : new PlainSource(fd);
    keep = true;
    return file;
  } finally {
    if (!keep) closeSync(fd);
  }
}

function sameInode(file: LogFile, stamp: FileStamp): boolean {
  return (
    file.source === undefined &&
    file.id === undefined &&
    file.stamp.ino === stamp.ino &&
    file.stamp.dev === stamp.dev &&
    file.stamp.birth === stamp.birth
  );
}

/** A file we hold that no name leads to: it was deleted, and is older than whatever bears its name now. */
function settleUnlinked(file: LogFile, names: readonly LogFileName[]): void {
  file.unlinked = true;
  if (file.order === liveOrder && names.some((name) => name.live)) file.order = oldestOrder;
}

/** A file of the checkpoint that is nowhere: what was not taken of it is lost, and counted. */
function giveUp(chain: ContainerChain, file: LogFile, events: MergeEvents): void {
  const index = chain.files.indexOf(file);
  const reached = chain.committed.map((position) => {
    if (position?.file === file) return position.offset;
    return position !== undefined && chain.files.indexOf(position.file) > index ? file.stamp.size : 0;
  });
  const cut = chain.files.some(
    (f) => f !== file && f.stamp.ino === file.stamp.ino && f.stamp.birth === file.stamp.birth,
  );
  const bytes = Math.max(0, file.stamp.size - Math.min(...reached));
  events.rotatedAway(chain, file, bytes, cut ? 'truncated' : 'rotated_away');
  file.drained = true;
}
